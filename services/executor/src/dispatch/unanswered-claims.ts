import type { Logger } from '@millrace/contracts';
import { type Database, releaseUnknown } from '@millrace/db';
import { attemptOf, type RunningAttempts } from '../attempts/running-attempts.ts';
import type { OutageLog } from '../outages/outage-log.ts';

export interface UnansweredClaimsOptions {
  readonly db: Database;
  readonly executorId: string;
  readonly attempts: RunningAttempts;
  readonly leaseMs: number;
  readonly outage: OutageLog;
  readonly logger: Logger;
}

// As shares of the lease.
/** Until then the reply to a claim may still arrive. */
const ANSWER_SHARE = 1 / 6;
const LOOK_SHARE = 1 / 3;

/**
 * Claims that failed but may have been committed: their tasks run nowhere, and would count as lost when the lease expires. They are handed
 * back before that, independently of the heartbeat, which must not wait for it.
 */
export class UnansweredClaims {
  readonly #options: UnansweredClaimsOptions;
  #lastFailureAt: number | undefined;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: UnansweredClaimsOptions) {
    this.#options = options;
  }

  /** A claim failed, and may have been, or may yet be, committed. */
  failed(): void {
    this.#lastFailureAt = performance.now();
    this.#lookLater();
  }

  /** Looks one last time; call it once no claim is in flight. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
    if (this.#lastFailureAt !== undefined) await this.#handBack(0);
  }

  #lookLater(): void {
    if (this.#stopped || this.#looking) return;
    const { leaseMs } = this.#options;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined;
        if (this.#lastFailureAt !== undefined) this.#lookLater();
      });
    }, leaseMs * LOOK_SHARE);
  }

  async #look(): Promise<void> {
    const { leaseMs } = this.#options;
    const failedAt = this.#lastFailureAt;
    const begunAt = performance.now();
    if (!(await this.#handBack(leaseMs * ANSWER_SHARE))) return;
    // Whatever is committed after this carries a lease that has already expired.
    const isOver = failedAt !== undefined && begunAt - failedAt > leaseMs;
    if (isOver && this.#lastFailureAt === failedAt) this.#lastFailureAt = undefined;
  }

  /** @returns whether Postgres answered */
  async #handBack(olderThanMs: number): Promise<boolean> {
    const { db, executorId, attempts, outage, logger } = this.#options;
    try {
      const tasks = await releaseUnknown(db, {
        executor: executorId,
        known: attempts.list().map(({ task }) => attemptOf(task)),
        older_than_ms: olderThanMs,
        younger_than_ms: performance.now(),
      });
      if (tasks > 0) logger.warn({ tasks }, 'handed back claims whose reply was lost');
      return true;
    } catch (error) {
      outage.warn({ err: error }, 'claims whose reply was lost not handed back: Postgres is unavailable');
      return false;
    }
  }
}
