import { extname } from 'node:path';
import { type ToolContext, ToolError } from '@millrace/tools';
import type { ToolCall, ToolReply } from './serve-tool-calls.ts';

/** Long for any computation, short for the calls queued behind it. */
const CALL_MS_MAX = 5_000;
/** Next to this module: `.ts` when run from source, `.js` next to the bundle in the container image. */
const ENTRY = new URL(`./tool-thread-entry${extname(import.meta.url)}`, import.meta.url).href;

interface PendingCall {
  readonly call: ToolCall;
  readonly resolve: (reply: ToolReply) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A thread for synchronous tools. Calls are posted as they come and answered in order. One that overruns its
 * time, or whose task is aborted while it runs, is terminated with the thread, and a new thread takes the
 * calls queued behind it. The event loop, and the heartbeat on it, are never blocked.
 */
export class ToolThread {
  readonly #entry: string;
  readonly #callMsMax: number;
  /** Unanswered calls; the first is running. */
  readonly #pending: PendingCall[] = [];
  #worker: Worker | undefined;
  #isReady = false;
  #timer: Timer | undefined;

  constructor(entry = ENTRY, callMsMax = CALL_MS_MAX) {
    this.#entry = entry;
    this.#callMsMax = callMsMax;
  }

  /** @throws ToolError for the tool's refusal, or `tool_timeout`; the signal's reason if the task is aborted */
  async call(name: string, input: unknown, { taskId, workspaceRoot, signal }: ToolContext): Promise<string> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<ToolReply>();
    const pending = { call: { name, input, taskId, workspaceRoot }, resolve, reject };
    const onAbort = () => this.#abort(pending, signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#add(pending);
    const reply = await promise.finally(() => signal.removeEventListener('abort', onAbort));
    switch (reply.kind) {
      case 'output':
        return reply.output;
      case 'refusal':
        throw new ToolError(reply.code, reply.message, { retryable: reply.retryable });
      case 'defect':
        throw new Error(`${name} failed on its thread: ${reply.reason}`);
    }
  }

  /** Ends the thread; the next call starts another. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#isReady = false;
  }

  #add(pending: PendingCall): void {
    this.#pending.push(pending);
    if (!this.#worker) this.#start();
    else if (this.#isReady) {
      this.#worker.postMessage(pending.call);
      if (this.#pending.length === 1) this.#limitTime();
    }
  }

  #start(): void {
    const worker = new Worker(this.#entry, { ref: false });
    this.#worker = worker;
    // The first message says that it is ready, since loading takes longer than most calls.
    worker.onmessage = () => {
      this.#isReady = true;
      worker.onmessage = ({ data }: MessageEvent<ToolReply>) => this.#answer(data);
      for (const { call } of this.#pending) worker.postMessage(call);
      this.#limitTime();
    };
    worker.onerror = ({ message }) => {
      if (this.#worker !== worker) return;
      const reason = new Error(`the tool thread ${this.#isReady ? 'died' : 'did not start'}: ${message}`);
      this.#cutOff(reason);
    };
  }

  #answer(reply: ToolReply): void {
    this.#pending.shift()?.resolve(reply);
    this.#limitTime();
  }

  /** A call's time starts once those before it have been answered. */
  #limitTime(): void {
    clearTimeout(this.#timer);
    const [first] = this.#pending;
    if (!first) return;
    this.#timer = setTimeout(() => {
      const message = `${first.call.name} took longer than ${this.#callMsMax} ms: ask for less.`;
      this.#cutOff(new ToolError('tool_timeout', message));
    }, this.#callMsMax);
  }

  /** A queued call stays in the queue, since the thread has it already; its answer is discarded. */
  #abort(pending: PendingCall, reason: unknown): void {
    if (this.#pending[0] === pending) this.#cutOff(reason);
    else pending.reject(reason);
  }

  /** Terminates the running call with its thread; those behind it get another. */
  #cutOff(reason: unknown): void {
    this.stop();
    this.#pending.shift()?.reject(reason);
    if (this.#pending.length > 0) this.#start();
  }
}
