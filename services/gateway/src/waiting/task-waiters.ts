import { SharedPlaces } from '@millrace/access';
import { isFinished, type Logger, type TaskEvent } from '@millrace/contracts';
import { CoalescedLookup } from './coalesced-lookup.ts';

interface TaskWaitersOptions {
  /** Which of these tasks have ended or are gone; one statement, however many they are. */
  findFinished(ids: readonly string[]): Promise<readonly string[]>;
  maxWaiters: number;
  logger: Logger;
}

interface WaitOptions {
  /** Whose place it takes; null for nobody's. */
  readonly owner: string | null;
  readonly timeoutMs: number;
  /** Of the request: a client that disconnects stops waiting. */
  readonly signal: AbortSignal;
}

/** A place in the registry; its holder calls `leave`. */
export interface Waiter {
  /** Resolves once the task has ended, the time is up, the client is gone or the gateway stops; never rejects. */
  readonly over: Promise<void>;
  leave(): void;
}

const BACKSTOP_INTERVAL_MS = 1000;

/**
 * All requests that wait for tasks to end, at the cost of one lookup however many they are: an event on the
 * stream names a task, Postgres confirms it, and its waiters are woken. Once a second all tasks are looked
 * up, for events that never came.
 */
export class TaskWaiters {
  readonly places: SharedPlaces;
  readonly #byTask = new Map<string, Set<() => void>>();
  readonly #lookup: CoalescedLookup;
  #stopped = false;
  #backstop: ReturnType<typeof setInterval> | undefined;

  constructor(options: TaskWaitersOptions) {
    this.places = new SharedPlaces(options.maxWaiters);
    this.#lookup = new CoalescedLookup(async (ids) => {
      const finished = await options.findFinished(ids);
      for (const id of finished) this.#wake(id);
    }, options.logger);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether anybody waits. */
  get isListening(): boolean {
    return this.#byTask.size > 0;
  }

  /** Join before reading the task, so that an end in between wakes the waiter. Check `places` first. */
  join(id: string, { owner, timeoutMs, signal }: WaitOptions): Waiter {
    const taskId = id.toLowerCase();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#stopped || signal.aborted) {
      resolve();
      return { over: promise, leave: () => {} };
    }
    const leave = () => {
      if (!this.#remove(taskId, leave)) return;
      this.places.leave(owner);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(leave, timeoutMs);
    signal.addEventListener('abort', leave);
    this.places.take(owner);
    this.#add(taskId, leave);
    return { over: promise, leave };
  }

  /** Events from the stream. They are only hints: anyone who can write there can claim anything. */
  hear(events: readonly TaskEvent[]): void {
    const ids = events
      .filter((event) => event.type === 'status' && isFinished(event.status))
      .map(({ task_id }) => task_id.toLowerCase());
    this.#lookup.ask(ids.filter((id) => this.#byTask.has(id)));
  }

  /** Looks up all tasks, as when events may have been missed. */
  checkAll(): void {
    this.#lookup.ask(this.#byTask.keys());
  }

  /** Wakes every waiter, and from now on any that joins. */
  stop(): void {
    this.#stopped = true;
    for (const id of this.#byTask.keys()) this.#wake(id);
  }

  #wake(id: string): void {
    for (const leave of this.#byTask.get(id) ?? []) leave();
  }

  #add(id: string, leave: () => void): void {
    const waiting = this.#byTask.get(id) ?? new Set();
    waiting.add(leave);
    this.#byTask.set(id, waiting);
    this.#backstop ??= setInterval(() => this.checkAll(), BACKSTOP_INTERVAL_MS);
  }

  #remove(id: string, leave: () => void): boolean {
    const waiting = this.#byTask.get(id);
    if (!waiting?.delete(leave)) return false;
    if (waiting.size === 0) this.#byTask.delete(id);
    if (this.#byTask.size === 0) {
      clearInterval(this.#backstop);
      this.#backstop = undefined;
    }
    return true;
  }
}
