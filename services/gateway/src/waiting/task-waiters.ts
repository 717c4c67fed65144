import { SharedPlaces } from '@millrace/access';
import { isFinished, type Logger, type TaskEvent } from '@millrace/contracts';
import { GuardedCheck } from './guarded-check.ts';

export interface TaskWaitersOptions {
  /** Which of these tasks have ended or are gone; one statement, however many they are. */
  findFinished(ids: readonly string[]): Promise<readonly string[]>;
  maxWaiters: number;
  logger: Logger;
}

export interface WaitOptions {
  /** Whose place it takes; null for nobody's. */
  readonly owner: string | null;
  readonly timeoutMs: number;
  /** Of the request: a client that went away waits no more. */
  readonly signal: AbortSignal;
}

/** A place in the registry; whoever takes it calls `leave`. */
export interface Waiter {
  /** Resolves once the task has ended, the time is up, the client is gone or the gateway stops; never rejects. */
  readonly over: Promise<void>;
  leave(): void;
}

const BACKSTOP_INTERVAL_MS = 1000;

/**
 * Everybody who waits for a task to end, with one process's worth of work however many they are: an event on the stream names a
 * task, Postgres confirms it, and its waiters are woken. Once a second all of them are looked up, for the events that never came.
 */
export class TaskWaiters {
  readonly places: SharedPlaces;
  readonly #byTask = new Map<string, Set<() => void>>();
  readonly #check: GuardedCheck;
  #stopped = false;
  #backstop: ReturnType<typeof setInterval> | undefined;

  constructor(options: TaskWaitersOptions) {
    this.places = new SharedPlaces(options.maxWaiters);
    this.#check = new GuardedCheck(async (ids) => {
      const finished = await options.findFinished(ids);
      for (const id of finished) this.#wake(id);
    }, options.logger);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Join first and read the task then: what ends in between wakes the waiter. Ask `places` before. */
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
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const timer = setTimeout(leave, timeoutMs);
    signal.addEventListener('abort', leave);
    this.places.take(owner);
    this.#add(taskId, leave);
    return { over: promise, leave };
  }

  /** News from the stream. It is no more than a hint: anyone who can write there can claim anything. */
  hear(events: readonly TaskEvent[]): void {
    const ids = events
      .filter((event) => event.type === 'status' && isFinished(event.status))
      .map(({ task_id }) => task_id.toLowerCase());
    this.#check.ask(ids.filter((id) => this.#byTask.has(id)));
  }

  /** Looks up everybody, as when events may have been missed. */
  checkAll(): void {
    this.#check.ask(this.#byTask.keys());
  }

  /** Wakes everybody, and from now on whoever comes. */
  stop(): void {
    this.#stopped = true;
    for (const id of [...this.#byTask.keys()]) this.#wake(id);
  }

  #wake(id: string): void {
    for (const leave of [...(this.#byTask.get(id) ?? [])]) leave();
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
