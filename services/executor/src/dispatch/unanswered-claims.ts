import { setTimeout as delay } from 'node:timers/promises';
import { findHeld, tryRelease } from '@millrace/db';
import type { ExecutorContext } from '../context.ts';

// As shares of the lease.
/** Until then the reply to a claim may still arrive. */
const ANSWER_SHARE = 1 / 6;
const LOOK_SHARE = 1 / 3;

/**
 * Claims that failed but may have been committed: their tasks run nowhere, and would count as lost when the
 * lease expires. They are handed back before that, independently of the heartbeat, which must not wait for
 * it.
 */
export class UnansweredClaims {
  readonly #context: ExecutorContext;
  readonly #stopping = new AbortController();
  #lastFailureAt = 0;
  /** Pending while committed claims may be found. */
  #search: Promise<void> | undefined;

  constructor(context: ExecutorContext) {
    this.#context = context;
  }

  /** A claim failed, and may have been, or may yet be, committed. */
  failed(): void {
    this.#lastFailureAt = performance.now();
    this.#search ??= this.#lookUntilOver();
  }

  /** Looks one last time; call it once no claim is in flight. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (!this.#search) return;
    await this.#search;
    await this.#handBack(0);
  }

  async #lookUntilOver(): Promise<void> {
    const { leaseMs } = this.#context;
    const { signal } = this.#stopping;
    for (;;) {
      await delay(leaseMs * LOOK_SHARE, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const begunAt = performance.now();
      await this.#handBack(leaseMs * ANSWER_SHARE);
      // Whatever is committed after this carries a lease that has already expired.
      if (begunAt - this.#lastFailureAt > leaseMs) break;
    }
    this.#search = undefined;
  }

  async #handBack(olderThanMs: number): Promise<void> {
    const { db, executorId, attempts, outage, logger } = this.#context;
    try {
      const held = await findHeld(db, {
        executor: executorId,
        older_than_ms: olderThanMs,
        younger_than_ms: performance.now(),
      });
      // Compared with what runs by now: the statement may have taken its time.
      const unknown = held.filter((attempt) => !attempts.has(attempt));
      const released = await Promise.all(unknown.map((attempt) => tryRelease(db, attempt)));
      const tasks = released.filter(Boolean).length;
      if (tasks > 0) logger.warn({ tasks }, 'handed back claims whose reply was lost');
    } catch (error) {
      outage.warn({ err: error }, 'could not hand back claims whose reply was lost');
    }
  }
}
