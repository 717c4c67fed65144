import type { Logger } from '@millrace/contracts';
import type { TaskState } from '@millrace/db';

/** Null: there is no such task, or no longer. */
export type OnState = (state: TaskState | null) => void;

export interface TaskWatchOptions {
  /** The states of all these tasks, in one statement. */
  readStates(ids: readonly string[]): Promise<readonly TaskState[]>;
  readonly maxWatchers: number;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

const INTERVAL_MS = 300;

interface Watcher {
  readonly listener: OnState;
  /** What it was told last, as JSON, to be compared. */
  told: string | undefined;
}

/**
 * Everybody who waits for something to happen to a task. While there are any, one statement every 300 ms asks about all of their
 * tasks; what has changed is told to whom it concerns. This service has no stream of events, and needs none.
 */
export class TaskWatch {
  readonly #options: TaskWatchOptions;
  readonly #tasks = new Map<string, Set<Watcher>>();
  #count = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #asking = false;
  readonly #stopped = Promise.withResolvers<void>();

  constructor(options: TaskWatchOptions) {
    this.#options = options;
  }

  get full(): boolean {
    return this.#count >= this.#options.maxWatchers;
  }

  /** Resolves when the service stops: nobody should wait any longer. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /**
   * Tells the state of a task soon, and again whenever it changes. Ask `full` before.
   *
   * @returns stops telling; may be called twice
   */
  watch(taskId: string, listener: OnState): () => void {
    const id = taskId.toLowerCase();
    const watchers = this.#tasks.get(id) ?? new Set();
    const watcher: Watcher = { listener, told: undefined };
    watchers.add(watcher);
    this.#tasks.set(id, watchers);
    this.#count++;
    this.#timer ??= setInterval(() => void this.#askAll(), this.#options.intervalMs ?? INTERVAL_MS);
    return () => this.#leave(id, watcher);
  }

  stop(): void {
    this.#stopped.resolve();
    clearInterval(this.#timer);
    this.#tasks.clear();
  }

  #leave(id: string, watcher: Watcher): void {
    const watchers = this.#tasks.get(id);
    if (!watchers?.delete(watcher)) return;
    this.#count--;
    if (watchers.size === 0) this.#tasks.delete(id);
    if (this.#tasks.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One question at a time: a slow Postgres is asked less often, not more. */
  async #askAll(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const asked = [...this.#tasks.keys()];
    try {
      const states = new Map((await this.#options.readStates(asked)).map((state) => [state.id, state]));
      for (const id of asked) this.#tell(id, states.get(id) ?? null);
    } catch (error) {
      this.#options.logger.debug({ err: error, tasks: asked.length }, 'could not look at the watched tasks');
    }
    this.#asking = false;
  }

  #tell(id: string, state: TaskState | null): void {
    const seen = JSON.stringify(state);
    for (const watcher of [...(this.#tasks.get(id) ?? [])]) {
      if (watcher.told === seen) continue;
      watcher.told = seen;
      watcher.listener(state);
    }
  }
}
