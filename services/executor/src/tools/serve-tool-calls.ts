import { ToolError, type ToolRegistry } from '@millrace/tools';

export interface ToolCall {
  readonly name: string;
  readonly input: unknown;
  readonly taskId: string;
  readonly workspaceRoot: string;
}

export type ToolReply =
  /** Sent once, before any call: loading takes longer than most calls. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'output'; readonly output: string }
  | {
      readonly kind: 'refusal';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    }
  | { readonly kind: 'defect'; readonly reason: string };

declare const self: Worker;

/** The thread's side: sends one reply to each call. */
export function serveToolCalls(registry: ToolRegistry): void {
  // The thread is terminated from outside; nothing in here ever aborts.
  const { signal } = new AbortController();
  self.onmessage = async ({ data }: MessageEvent<ToolCall>) => {
    const { name, input, ...context } = data;
    let reply: ToolReply;
    try {
      reply = { kind: 'output', output: await registry.call(name, input, { ...context, signal }) };
    } catch (error) {
      reply =
        error instanceof ToolError
          ? { kind: 'refusal', code: error.code, message: error.message, retryable: error.retryable }
          : {
              kind: 'defect',
              reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
            };
    }
    self.postMessage(reply);
  };
  self.postMessage({ kind: 'ready' } satisfies ToolReply);
}
