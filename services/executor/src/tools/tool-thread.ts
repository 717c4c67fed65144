import { type ToolContext, ToolError } from '@millrace/tools';
import type { ToolCall, ToolReply } from './serve-tool-calls.ts';

/** Long for anything that computes, short for everyone who waits behind it. */
const CALL_MS_MAX = 5_000;

/**
 * A thread for synchronous tools. Calls take turns; one that does not end in time, or whose task is aborted, is cut off
 * with the thread, and the next call gets a new one. The event loop, and the heartbeat on it, never wait.
 */
export class ToolThread {
  readonly #entry: string;
  readonly #callMsMax: number;
  #worker: Worker | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(entry = new URL('./tool-thread-entry.ts', import.meta.url).href, callMsMax = CALL_MS_MAX) {
    this.#entry = entry;
    this.#callMsMax = callMsMax;
  }

  /** @throws ToolError what the tool refuses, or `tool_timeout`; the signal's reason when the task is aborted */
  call(name: string, input: unknown, context: ToolContext): Promise<string> {
    const result = this.#turn.then(() => this.#run(name, input, context));
    this.#turn = result.catch(() => {});
    return result;
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #run(name: string, input: unknown, { taskId, workspaceRoot, signal }: ToolContext): Promise<string> {
    signal.throwIfAborted();
    const worker = await this.#started();
    const call: ToolCall = { name, input, taskId, workspaceRoot };
    const reply = await this.#exchange(worker, call, signal);
    if (reply.kind === 'output') return reply.output;
    if (reply.kind === 'refusal') throw new ToolError(reply.code, reply.message);
    throw new Error(`${name} failed on its thread: ${reply.kind === 'defect' ? reply.reason : reply.kind}`);
  }

  async #started(): Promise<Worker> {
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#entry, { ref: false });
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = ({ message }) => reject(new Error(`the tools' thread did not start: ${message}`));
    });
    this.#worker = worker;
    return worker;
  }

  #exchange(worker: Worker, call: ToolCall, signal: AbortSignal): Promise<ToolReply> {
    const { promise, resolve, reject } = Promise.withResolvers<ToolReply>();
    const cutOff = (reason: unknown) => {
      this.stop();
      reject(reason);
    };
    const timer = setTimeout(() => {
      const message = `${call.name} took longer than ${this.#callMsMax} ms: ask for less.`;
      cutOff(new ToolError('tool_timeout', message));
    }, this.#callMsMax);
    const onAbort = () => cutOff(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    worker.onmessage = ({ data }: MessageEvent<ToolReply>) => resolve(data);
    worker.onerror = ({ message }) => cutOff(new Error(`the tools' thread died: ${message}`));
    worker.postMessage(call);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    });
  }
}
