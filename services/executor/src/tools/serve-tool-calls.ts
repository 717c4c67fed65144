import { ToolError, type ToolRegistry } from '@millrace/tools';

export interface ToolCall {
  readonly name: string;
  readonly input: unknown;
  readonly taskId: string;
  readonly workspaceRoot: string;
}

export type ToolReply =
  | { readonly kind: 'output'; readonly output: string }
  | {
      readonly kind: 'refusal';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    }
  | { readonly kind: 'defect'; readonly reason: string };

declare const self: Worker;

/** The thread's side: says once that it is ready, and then sends one reply to each call. */
export function serveToolCalls(registry: ToolRegistry): void {
  // The thread is terminated from outside; nothing in here ever aborts.
  const { signal } = new AbortController();
  self.onmessage = async ({ data }: MessageEvent<ToolCall>) => {
    const { name, input, ...context } = data;
    const reply: ToolReply = await registry
      .call(name, input, { ...context, signal })
      .then((output) => ({ kind: 'output' as const, output }), failureOf);
    self.postMessage(reply);
  };
  self.postMessage('ready');
}

function failureOf(error: unknown): ToolReply {
  if (error instanceof ToolError) {
    const { code, message, retryable } = error;
    return { kind: 'refusal', code, message, retryable };
  }
  return { kind: 'defect', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
