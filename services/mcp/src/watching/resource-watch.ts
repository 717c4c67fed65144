import { SharedPlaces } from '@millrace/access';
import type { Logger } from '@millrace/contracts';
import type { Caller } from '@millrace/db';
import { type FoundResource, findResource, isAboutTask } from '../resources/find-resource.ts';
import { firstLook } from './first-look.ts';
import type { TaskWatch } from './task-watch.ts';

interface ResourceWatchOptions {
  readonly tasks: TaskWatch;
  /** Any text that stays equal as long as the overview has not changed. */
  fingerprint(overview: FoundResource, caller: Caller): Promise<string>;
  readonly maxWatchedTasks: number;
  readonly logger: Logger;
}

const INTERVAL_MS = 2_000;

/** A watch on one resource. */
export interface Watching {
  /** Resolves, soon in any case, once every change will be reported. */
  readonly begun: Promise<void>;
  /** To be called once. */
  stop(): void;
}

interface Poll {
  readonly listeners: Set<() => void>;
  readonly begun: Promise<void>;
  readonly timer: ReturnType<typeof setInterval>;
}

/** Reports when a resource has changed since a client began to watch it. */
export class ResourceWatch {
  /** Called when an owner finds no place: ends an abandoned session of that owner, or of anyone; false if there is none. */
  makeRoom: (owner: string | null, ofAnyone: boolean) => boolean = () => false;
  readonly #options: ResourceWatchOptions;
  /** Of those who watch a task. */
  readonly #places: SharedPlaces;
  readonly #polls = new Map<string, Poll>();

  constructor(options: ResourceWatchOptions) {
    this.#options = options;
    this.#places = new SharedPlaces(options.maxWatchedTasks);
  }

  /** @returns null if there is no such kind of resource, or no room for another watcher */
  watch(uri: string, caller: Caller, onChange: () => void): Watching | null {
    const found = findResource(uri);
    if (!found) return null;
    if (isAboutTask(found)) return this.#watchTask(found.variable, caller, onChange);
    return this.#poll(found, caller, onChange);
  }

  #watchTask(id: string, caller: Caller, onChange: () => void): Watching | null {
    const { tasks } = this.#options;
    const { owner } = caller;
    while (!this.#places.isFreeFor(owner))
      if (!this.makeRoom(owner, this.#places.isWithinShare(owner))) return null;
    this.#places.take(owner);
    const leave = tasks.watch(id, caller, (_state, isNews) => {
      if (isNews) onChange();
    });
    return {
      begun: tasks.looked,
      stop: () => {
        this.#places.leave(owner);
        leave();
      },
    };
  }

  /** Each owner has few overviews, however many clients watch. */
  #poll(overview: FoundResource, caller: Caller, onChange: () => void): Watching {
    const { resource, variable } = overview;
    const key = JSON.stringify([caller.sees, resource.name, variable]);
    const poll = this.#polls.getOrInsertComputed(key, () => this.#startPoll(overview, caller));
    poll.listeners.add(onChange);
    const stop = () => {
      poll.listeners.delete(onChange);
      if (poll.listeners.size > 0) return;
      clearInterval(poll.timer);
      this.#polls.delete(key);
    };
    return { begun: poll.begun, stop };
  }

  #startPoll(overview: FoundResource, caller: Caller): Poll {
    const { fingerprint, logger } = this.#options;
    const listeners = new Set<() => void>();
    let last: string | undefined;
    let asking = false;
    const look = async () => {
      if (asking) return;
      asking = true;
      try {
        const now = await fingerprint(overview, caller);
        if (last !== undefined && now !== last) for (const listener of listeners) listener();
        last = now;
      } catch (error) {
        logger.debug(
          { err: error, resource: overview.resource.name },
          'could not look at a watched resource',
        );
      }
      asking = false;
    };
    const begun = firstLook(look()).then(() => {
      // A state that could not be read in time is unknown: the first one that is read may be a change.
      last ??= '';
    });
    return { listeners, begun, timer: setInterval(look, INTERVAL_MS) };
  }
}
