import { extname } from 'node:path';
import { type ToolContext, ToolError } from '@millrace/tools';
import type { ToolCall, ToolReply } from './serve-tool-calls.ts';

/** Long for anything that computes, short for everyone who waits behind it. */
const CALL_MS_MAX = 5_000;
/** Beside this module: `.ts` where it runs from source, `.js` beside the bundle in the container image. */
const ENTRY = new URL(`./tool-thread-entry${extname(import.meta.url)}`, import.meta.url).href;

interface PendingCall {
  readonly call: ToolCall;
  /** Called once; further ones change nothing. */
  settle(outcome: ToolReply | { readonly kind: 'failure'; readonly reason: unknown }): void;
}

/**
 * A thread for synchronous tools. Calls are handed over as they come and answered in their order; one that does not end in time, or whose
 * task is aborted while it is under way, is cut off with the thread, and a new thread gets those that waited behind it. The event loop,
 * and the heartbeat on it, never wait.
 */
export class ToolThread {
  readonly #entry: string;
  readonly #callMsMax: number;
  /** Unanswered; the first is under way. */
  readonly #pending: PendingCall[] = [];
  #worker: Worker | undefined;
  #isReady = false;
  #timer: Timer | undefined;

  constructor(entry = ENTRY, callMsMax = CALL_MS_MAX) {
    this.#entry = entry;
    this.#callMsMax = callMsMax;
  }

  /** @throws ToolError what the tool refuses, or `tool_timeout`; the signal's reason when the task is aborted */
  async call(name: string, input: unknown, { taskId, workspaceRoot, signal }: ToolContext): Promise<string> {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<Parameters<PendingCall['settle']>[0]>();
    const pending: PendingCall = { call: { name, input, taskId, workspaceRoot }, settle: resolve };
    const onAbort = () => this.#abort(pending, signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#add(pending);
    const outcome = await promise.finally(() => signal.removeEventListener('abort', onAbort));
    if (outcome.kind === 'output') return outcome.output;
    if (outcome.kind === 'refusal') {
      throw new ToolError(outcome.code, outcome.message, { retryable: outcome.retryable });
    }
    if (outcome.kind === 'failure') throw outcome.reason;
    throw new Error(
      `${name} failed on its thread: ${outcome.kind === 'defect' ? outcome.reason : outcome.kind}`,
    );
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
    worker.onmessage = () => {
      this.#isReady = true;
      worker.onmessage = ({ data }: MessageEvent<ToolReply>) => this.#answer(data);
      for (const { call } of this.#pending) worker.postMessage(call);
      this.#limitTime();
    };
    worker.onerror = ({ message }) => {
      if (this.#worker !== worker) return;
      const reason = new Error(`the tools' thread ${this.#isReady ? 'died' : 'did not start'}: ${message}`);
      this.#cutOff(reason);
    };
  }

  #answer(reply: ToolReply): void {
    this.#pending.shift()?.settle(reply);
    this.#limitTime();
  }

  /** The clock of a call starts when those before it have been answered. */
  #limitTime(): void {
    clearTimeout(this.#timer);
    const [first] = this.#pending;
    if (!first) return;
    this.#timer = setTimeout(() => {
      const message = `${first.call.name} took longer than ${this.#callMsMax} ms: ask for less.`;
      this.#cutOff(new ToolError('tool_timeout', message));
    }, this.#callMsMax);
  }

  /** One that waits keeps its place, for the thread has it already; its answer is for nobody. */
  #abort(pending: PendingCall, reason: unknown): void {
    if (this.#pending[0] === pending) this.#cutOff(reason);
    else pending.settle({ kind: 'failure', reason });
  }

  /** Ends the call under way with its thread; those behind it get another. */
  #cutOff(reason: unknown): void {
    this.stop();
    this.#pending.shift()?.settle({ kind: 'failure', reason });
    if (this.#pending.length > 0) this.#start();
  }
}
