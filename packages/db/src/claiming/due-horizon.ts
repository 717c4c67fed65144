import { LANES } from '@millrace/contracts';
import { LOST_QUEUE } from './queue-of.ts';

/** How long after becoming due a task may be committed: it becomes due no earlier than its statement began. */
const COMMIT_SECONDS_MAX = 2;
/**
 * Everything is searched periodically, in case a task became due in the past: a stalled commit, a wrong
 * clock, an administrator.
 */
const SWEEP_MS = 10_000;
/** Sweeps take at most 1/50 of the time: one that takes long has met many dead index entries. */
const SWEEP_SHARE = 50;
/** But no task waits longer: in an outage both commits and sweeps stall. */
const SWEEP_MS_MAX = 60_000;
const MODEL_SETS_MAX = 16;
/** The pseudo-queue of tasks on their last chance. */
export const LAST_CHANCE = LOST_QUEUE + 1;

/** What a look at the queues found, in seconds by Postgres's clock. */
export interface Found {
  readonly now: number;
  /** Per queue, how many were taken and when the last of them became due. */
  readonly queues: Readonly<Record<number, readonly [count: number, lastDueAt: number]>>;
  /** When the first of those on their last chance became due; null if none is. */
  readonly last_chance: number | null;
}

export interface Look {
  /** Earliest due time to search, per queue, LAST_CHANCE included. */
  readonly floors: readonly number[];
  readonly isSweep: boolean;
  readonly begunAt: number;
  readonly known: number[];
}

/**
 * The earliest time at which an unclaimed task can be due, for one executor that polls: whatever became due
 * before has been claimed. Dead index entries stay for as long as any transaction might see them; rescanning
 * them would make each poll slower the longer a backup runs.
 */
export class DueHorizon {
  /** Keyed by the skipped models: tasks passed over because of them are still due. */
  readonly #known = new Map<string, number[]>();
  #now = Number.NEGATIVE_INFINITY;
  #nextSweepAt = 0;
  /** Whether a task on its last chance was due at the last look. */
  lastChanceIsDue = false;

  begin(skippedModels: readonly string[] = []): Look {
    const key = JSON.stringify([...skippedModels].sort());
    let known = this.#known.get(key);
    if (!known) {
      if (this.#known.size >= MODEL_SETS_MAX) this.#known.clear();
      known = nothingKnown();
      this.#known.set(key, known);
    }
    const begunAt = performance.now();
    const isSweep = begunAt >= this.#nextSweepAt;
    // Set before the sweep, so that a failed one is not repeated at once.
    if (isSweep) this.#nextSweepAt = begunAt + SWEEP_MS;
    return { known, floors: isSweep ? nothingKnown() : [...known], isSweep, begunAt };
  }

  /**
   * @param order of the queues searched, each for what the previous ones left of the limit
   * @param overdueSeconds tasks less overdue than this were skipped
   */
  end(
    look: Look,
    { now, queues, last_chance }: Found,
    { limit, order, overdueSeconds }: { limit: number; order: readonly number[]; overdueSeconds: number },
  ): void {
    const settled = now - COMMIT_SECONDS_MAX - overdueSeconds;
    let left = limit;
    for (const queue of order) {
      if (left <= 0) {
        // Not searched: after a sweep it still has to be, from the beginning.
        if (look.isSweep) look.known[queue] = Number.NEGATIVE_INFINITY;
        continue;
      }
      const [count, lastDueAt] = queues[queue] ?? [0, settled];
      look.known[queue] = count < left ? settled : Math.min(lastDueAt, settled);
      left -= count;
    }
    this.lastChanceIsDue = last_chance !== null;
    look.known[LAST_CHANCE] = Math.min(last_chance ?? now, now - COMMIT_SECONDS_MAX);
    if (now < this.#now) this.#known.clear();
    this.#now = now;
    if (look.isSweep) {
      const took = performance.now() - look.begunAt;
      this.#nextSweepAt =
        performance.now() +
        Math.max(SWEEP_MS * (0.75 + Math.random() / 2), Math.min(SWEEP_SHARE * took, SWEEP_MS_MAX));
    }
  }
}

function nothingKnown(): number[] {
  return Array.from({ length: LANES.length + 2 }, () => Number.NEGATIVE_INFINITY);
}
