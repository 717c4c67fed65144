import { LANES } from '@millrace/contracts';
import { LOST_QUEUE } from './queue-of.ts';

/** A task becomes due no earlier than its statement began; a commit may come so much later. */
const COMMIT_SECONDS_MAX = 2;
/** Now and then everything is looked at: whatever else may make a task due in the past, a wrong clock or an administrator. */
const SWEEP_MS = 10_000;
/** Where a sweep takes long, dead index entries are many, and sweeps take no more than 1/50 of the time. */
const SWEEP_SHARE = 50;
const MODEL_SETS_MAX = 16;
/** The place of tasks on their last chance among the queues. */
export const LAST_CHANCE = LOST_QUEUE + 1;

/** What a look at the queues found, in seconds of Postgres' clock. */
export interface Found {
  readonly now: number;
  /** By queue: how many were taken, and when the last of them became due. */
  readonly queues: Readonly<Record<number, readonly [count: number, lastDueAt: number]>> | null;
  /** Null where that was not asked. */
  readonly last_chance: boolean | null;
}

export interface Look {
  /** From when on to look, by queue, and for tasks on their last chance. */
  readonly floors: readonly number[];
  readonly isSweep: boolean;
  readonly begunAt: number;
  readonly known: number[];
}

/**
 * From when on tasks can be due, for one executor that looks again and again: what became due earlier has been claimed. Its entries in
 * the index stay for as long as some transaction might see them, and looking at them anew each time would take longer the longer a
 * backup runs.
 */
export class DueHorizon {
  /** By the models that were left alone: what was passed over for them is still there. */
  readonly #known = new Map<string, number[]>();
  #now = Number.NEGATIVE_INFINITY;
  #nextSweepAt = 0;
  /** Whether a task on its last chance was due when last looked. */
  lastChanceIsDue = false;

  /** @param maySweep for looks at all queues */
  begin(skippedModels: readonly string[] = [], { maySweep }: { maySweep: boolean }): Look {
    const key = JSON.stringify([...skippedModels].sort());
    let known = this.#known.get(key);
    if (!known) {
      if (this.#known.size >= MODEL_SETS_MAX) this.#known.clear();
      known = nothingKnown();
      this.#known.set(key, known);
    }
    const begunAt = performance.now();
    const isSweep = maySweep && begunAt >= this.#nextSweepAt;
    // One that fails is not made again at once.
    if (isSweep) this.#nextSweepAt = begunAt + SWEEP_MS;
    return { known, floors: isSweep ? nothingKnown() : [...known], isSweep, begunAt };
  }

  /**
   * @param order in which the queues were looked at, each for what the limit left
   * @param overdueSeconds tasks that became due later than so long ago were left alone
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
        // Not looked at: a sweep owes it a look from the beginning.
        if (look.isSweep) look.known[queue] = Number.NEGATIVE_INFINITY;
        continue;
      }
      const [count, lastDueAt] = queues?.[queue] ?? [0, settled];
      look.known[queue] = count < left ? settled : Math.min(lastDueAt, settled);
      left -= count;
    }
    if (last_chance !== null) {
      this.lastChanceIsDue = last_chance;
      if (!last_chance) look.known[LAST_CHANCE] = now - COMMIT_SECONDS_MAX;
    }
    if (now < this.#now) this.#known.clear();
    this.#now = now;
    if (look.isSweep) {
      const took = performance.now() - look.begunAt;
      this.#nextSweepAt =
        performance.now() + Math.max(SWEEP_MS * (0.75 + Math.random() / 2), SWEEP_SHARE * took);
    }
  }
}

function nothingKnown(): number[] {
  return Array.from({ length: LANES.length + 2 }, () => Number.NEGATIVE_INFINITY);
}
