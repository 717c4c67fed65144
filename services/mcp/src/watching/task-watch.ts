import type { Logger } from '@millrace/contracts';
import type { Caller, StateInput, TaskState } from '@millrace/db';
import { firstLook } from './first-look.ts';

/**
 * @param state null: there is no such task for the caller, or no longer
 * @param isNews whether it may differ from the state when the watcher joined
 */
export type OnState = (state: TaskState | null, isNews: boolean) => void;

interface TaskWatchOptions {
  /** The states of all these tasks, in one statement, in their order. */
  readStates(inputs: readonly StateInput[]): Promise<readonly (TaskState | null)[]>;
  readonly logger: Logger;
}

const INTERVAL_MS = 300;

/** One task, for all watchers that see the same tasks. */
interface Watched extends StateInput {
  readonly watchers: Set<Watcher>;
}

interface Watcher {
  readonly listener: OnState;
  /** What it was told last, as JSON, to be compared. */
  told: string | undefined;
}

/**
 * All watchers of tasks. One that joins is told the state of its task at once. From then on one statement
 * every 300 ms asks about all tasks, and changes are reported to their watchers. This service has no stream
 * of events, and needs none.
 */
export class TaskWatch {
  readonly #options: TaskWatchOptions;
  readonly #watched = new Map<string, Watched>();
  /** Those that a watcher has joined in this turn of the event loop. */
  readonly #joined = new Set<Watched>();
  #looked = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;
  #asking = false;
  readonly #stopped = Promise.withResolvers<void>();

  constructor(options: TaskWatchOptions) {
    this.#options = options;
  }

  /** Resolves when the service stops: nobody should wait any longer. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /**
   * Reports the state of a task, and again whenever it changes.
   *
   * @returns ends the watch; to be called once
   */
  watch(taskId: string, caller: Caller, listener: OnState): () => void {
    const id = taskId.toLowerCase();
    const key = JSON.stringify([id, caller.sees]);
    const watched = this.#watched.getOrInsertComputed(key, () => ({ id, caller, watchers: new Set() }));
    const watcher: Watcher = { listener, told: undefined };
    watched.watchers.add(watcher);
    if (this.#joined.size === 0) this.#looked = Promise.resolve().then(() => this.#askJoined());
    this.#joined.add(watched);
    this.#timer ??= setInterval(() => void this.#askAll(), INTERVAL_MS);
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size === 0) this.#watched.delete(key);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Resolves once the watchers that have joined in this turn of the event loop will be told of every change. */
  get looked(): Promise<void> {
    return this.#looked;
  }

  stop(): void {
    this.#stopped.resolve();
  }

  async #askJoined(): Promise<void> {
    const joined = [...this.#joined].filter(({ watchers }) => watchers.size > 0);
    this.#joined.clear();
    if (joined.length === 0) return;
    await firstLook(this.#ask(joined));
    // A state that could not be read in time is unknown: the first one that is read may be a change.
    for (const { watchers } of joined) for (const watcher of watchers) watcher.told ??= '';
  }

  /** One question at a time: a slow Postgres is asked less often, not more. */
  async #askAll(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    await this.#ask([...this.#watched.values()]);
    this.#asking = false;
  }

  async #ask(asked: readonly Watched[]): Promise<void> {
    try {
      const states = await this.#options.readStates(asked);
      for (const [place, { watchers }] of asked.entries()) this.#tell(watchers, states[place] ?? null);
    } catch (error) {
      this.#options.logger.debug({ err: error, tasks: asked.length }, 'could not look at the watched tasks');
    }
  }

  #tell(watchers: ReadonlySet<Watcher>, state: TaskState | null): void {
    const seen = JSON.stringify(state);
    for (const watcher of watchers) {
      if (watcher.told === seen) continue;
      const isNews = watcher.told !== undefined;
      watcher.told = seen;
      watcher.listener(state, isNews);
    }
  }
}
