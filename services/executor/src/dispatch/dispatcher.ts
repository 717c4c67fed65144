import { type ClaimedTask, claim } from '@millrace/db';
import { traceIdOf } from '@millrace/runtime';
import type { Doorbell } from '@millrace/stream';
import type { RunningAttempt } from '../attempts/running-attempts.ts';
import type { ExecutorContext } from '../context.ts';
import { isOutage } from '../outages/outage-retry.ts';
import type { DoorbellBuffer } from './doorbell-buffer.ts';
import type { UnansweredClaims } from './unanswered-claims.ts';

interface DispatcherParts {
  readonly buffer: DoorbellBuffer;
  readonly unanswered: UnansweredClaims;
  /** Runs a claimed task until its outcome is written; never rejects. No doorbell: the rescue path found it. */
  readonly run: (attempt: RunningAttempt, doorbell: Doorbell | undefined) => Promise<void>;
}

/** The next free slot, ahead of any doorbell; or one that is free while no doorbell waits. */
type SlotKind = 'next' | 'spare';

/** How long the fast path pauses in an outage. */
const OUTAGE_PAUSE_MS = 500;

/**
 * The slots, and the fast path to them: while one is free, takes the next doorbell, claims its task and runs it.
 *
 *     slot:  free ──take──► claiming ──won──► running ──outcome written──► free
 *              ▲                │ lost
 *              └────────────────┘
 */
export class Dispatcher {
  readonly #context: ExecutorContext & DispatcherParts;
  readonly #answering = new Set<Promise<void>>();
  #claiming = 0;
  readonly #requests: Record<SlotKind, (() => void) | undefined> = { next: undefined, spare: undefined };
  #pause: Timer | undefined;
  #stopped = false;
  /** `performance.now()` of the last claim that Postgres answered. */
  lastClaimAt: number | undefined;

  constructor(context: ExecutorContext, parts: DispatcherParts) {
    this.#context = { ...context, ...parts };
  }

  get #freeSlots(): number {
    if (this.#stopped) return 0;
    const { concurrency, attempts, limits } = this.#context;
    // An attempt waiting for a crowded model does not occupy a slot.
    return concurrency - (attempts.count - limits.waitingCount) - this.#claiming;
  }

  /** Calls back, once, as soon as there is such a slot, possibly at once. A second request for its kind replaces the first. */
  requestSlot(kind: SlotKind, use: () => void): void {
    this.#requests[kind] = use;
    this.wake();
  }

  /** Reserves up to `max` slots while one is free: `start` fills them, `giveBack` returns the rest. */
  reserve(max: number): number {
    const slots = Math.min(max, this.#freeSlots);
    this.#claiming += slots;
    return slots;
  }

  /**
   * Runs tasks in reserved slots.
   *
   * @param claimedAt when their claim was sent
   */
  start(tasks: readonly ClaimedTask[], claimedAt: number): void {
    this.#claiming -= tasks.length;
    for (const task of tasks) this.#start(task, claimedAt, undefined);
  }

  /** Returns reserved slots. */
  giveBack(slots: number): void {
    this.#claiming -= slots;
    this.wake();
  }

  /** Fills the free slots: first a request for the next slot, then doorbells in order, then a request for a spare slot. */
  wake(): void {
    while (this.#freeSlots > 0) {
      if (this.#grant('next')) continue;
      if (this.#pause) return;
      const taken = this.#context.buffer.take();
      if (!taken) {
        this.#grant('spare');
        return;
      }
      const answering = this.#answer(taken.doorbell, taken.returnTurn).then(() => {
        this.#answering.delete(answering);
      });
      this.#answering.add(answering);
    }
  }

  /** Stops claiming; running attempts continue. Resolves once the claims in flight have been answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#pause);
    await Promise.all(this.#answering);
  }

  /** @returns whether such a slot was requested */
  #grant(kind: SlotKind): boolean {
    const use = this.#requests[kind];
    this.#requests[kind] = undefined;
    use?.();
    return use !== undefined;
  }

  /** Never rejects. */
  async #answer(doorbell: Doorbell, returnTurn: () => void): Promise<void> {
    const { db, executorId, leaseMs, limits } = this.#context;
    const claimedAt = performance.now();
    this.#claiming++;
    try {
      const task = await claim(db, {
        task_id: doorbell.taskId,
        executor: executorId,
        lease_ms: leaseMs,
        skip_models: limits.crowdedModels,
      });
      this.lastClaimAt = performance.now();
      // Acknowledged even if its model is crowded: the rescue path takes it later.
      doorbell.acknowledge();
      if (task) this.#start(task, claimedAt, doorbell);
      else returnTurn();
    } catch (error) {
      this.#claimFailed(doorbell, error);
    }
    this.#claiming--;
    this.wake();
  }

  #claimFailed(doorbell: Doorbell, error: unknown): void {
    const { buffer, unanswered, outage, logger } = this.#context;
    unanswered.failed();
    if (isOutage(error)) {
      outage.warn({ err: error }, 'claims are failing; retrying');
      buffer.putBack(doorbell);
      this.#pause ??= setTimeout(() => {
        this.#pause = undefined;
        this.wake();
      }, OUTAGE_PAUSE_MS);
    } else {
      // The task is in Postgres and due: the rescue path will find it.
      const fields = { task_id: doorbell.taskId, trace_id: traceIdOf(doorbell.traceparent) };
      logger.error({ ...fields, err: error }, 'claim failed');
      doorbell.acknowledge();
    }
  }

  #start(task: ClaimedTask, claimedAt: number, doorbell: Doorbell | undefined): void {
    const { attempts, run } = this.#context;
    const attempt = attempts.add(task, claimedAt);
    void run(attempt, doorbell).then(() => {
      attempts.remove(attempt);
      this.wake();
    });
  }
}
