import { type ClaimedTask, endModelCall, isDatabaseUnavailable, startModelCall } from '@millrace/db';
import { isOutage, retryDuringOutage } from '../outages/outage-retry.ts';
import type { AttemptTime, CallLimitsOptions, LimitedModel } from './call-limits.ts';

const POLL_MS_MIN = 100;
const POLL_MS_MAX = 1_000;

interface Waiter {
  readonly task: ClaimedTask;
  readonly resolve: (returnPermit: () => void) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * This executor's attempts that want to call one model, first come, first served. Only the head of the queue
 * asks Postgres for a permit, polling until it gets one.
 */
export class CallQueue {
  readonly #model: LimitedModel;
  readonly #options: Omit<CallLimitsOptions, 'models'>;
  readonly #queue: Waiter[] = [];
  readonly #stopping = new AbortController();
  readonly #endings = new Set<Promise<void>>();
  #serving = false;
  #isRefused = false;
  #wake = () => {};

  constructor(model: LimitedModel, options: Omit<CallLimitsOptions, 'models'>) {
    this.#model = model;
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#isRefused ? this.#queue.length : 0;
  }

  /** The refused head of the queue and everyone behind it; empty while permits are available. */
  get waiting(): ClaimedTask[] {
    return this.#isRefused ? this.#queue.map(({ task }) => task) : [];
  }

  /** Makes the call once it has a permit; the deadline is paused until then. */
  async run<Answer>(
    task: ClaimedTask,
    { signal, deadline }: AttemptTime,
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    const returnPermit = await deadline.pausedWhile(this.#take(task, signal));
    try {
      return await call();
    } finally {
      returnPermit();
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await Promise.all(this.#endings);
  }

  /**
   * @returns returns the permit
   * @throws the signal's reason
   */
  async #take(task: ClaimedTask, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const waiter = { task, resolve, reject };
    const leave = () => {
      const index = this.#queue.indexOf(waiter);
      if (index >= 0) this.#queue.splice(index, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#queue.push(waiter);
    if (this.#isRefused) this.#options.onWaiting();
    if (!this.#serving) void this.#serve();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    let pollMs = POLL_MS_MIN;
    for (let head = this.#queue[0]; head && !this.#stopping.signal.aborted; head = this.#queue[0]) {
      if (await this.#serveHead(head)) {
        pollMs = POLL_MS_MIN;
        continue;
      }
      if (!this.#isRefused) {
        this.#isRefused = true;
        this.#options.onWaiting();
      }
      await this.#pause(pollMs);
      pollMs = Math.min(pollMs * 1.5, POLL_MS_MAX);
    }
    this.#isRefused = false;
    this.#serving = false;
  }

  /** False if there is no permit at the moment. */
  async #serveHead(head: Waiter): Promise<boolean> {
    try {
      const returnPermit = await this.#ask(head.task);
      if (!returnPermit) return false;
      // The head may have stopped waiting meanwhile.
      if (this.#queue[0] !== head) returnPermit();
      else {
        this.#queue.shift();
        head.resolve(returnPermit);
      }
    } catch (error) {
      if (this.#queue[0] === head) this.#queue.shift();
      head.reject(error);
    }
    return true;
  }

  async #ask({ id: task_id, attempts: attempt }: ClaimedTask): Promise<(() => void) | undefined> {
    const { db, outage } = this.#options;
    const { id: model, concurrency, requestsPerMinute: requests_per_minute } = this.#model;
    const id = crypto.randomUUID();
    const returnPermit = () => this.#end(id);
    try {
      const call = { id, model, task_id, attempt, concurrency, requests_per_minute };
      const started = await startModelCall(db, call);
      return started ? returnPermit : undefined;
    } catch (error) {
      if (!isOutage(error)) throw error;
      outage.warn({ err: error, task_id, attempt, model }, 'no permit for a model call; retrying');
      // Unless Postgres has refused the statement, the permit may have been granted nevertheless.
      if (isDatabaseUnavailable(error)) returnPermit();
      return undefined;
    }
  }

  #end(id: string): void {
    const { db, outage } = this.#options;
    const warn = (err: unknown) =>
      outage.warn({ err, model: this.#model.id }, 'could not record the end of a model call; retrying');
    const ending = retryDuringOutage(() => endModelCall(db, id), warn, this.#stopping.signal)
      // The permit lapses anyway once the attempt is over.
      .catch(warn)
      .finally(() => {
        this.#endings.delete(ending);
        this.#wake();
      });
    this.#endings.add(ending);
  }

  /** Ends early when a permit is returned here. */
  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms * (0.75 + Math.random() / 2));
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}
