import type { Logger } from '@millrace/contracts';
import { type Attempt, type Database, releaseUnknown } from '@millrace/db';
import type { OutageLog } from '../outages/outage-log.ts';

export interface UnansweredClaimsOptions {
  readonly db: Database;
  readonly executorId: string;
  /** All that runs here. */
  readonly known: () => readonly Attempt[];
  readonly leaseMs: number;
  readonly outage: OutageLog;
  readonly logger: Logger;
}

/** For so much of its lease the answer of a claim may still come. */
const ANSWER_SHARE = 1 / 6;
/** How often is looked for them, as a part of their lease. */
const LOOK_SHARE = 1 / 3;

/**
 * Claims that failed and may have been committed all the same: their tasks run nowhere, and would count as lost when the lease ends. They
 * are handed back before that. Looked for beside the heartbeat, which must not wait for them.
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

  /** A claim failed, and nobody knows whether it was, or is yet to be, carried out. */
  failed(): void {
    this.#lastFailureAt = performance.now();
    this.#lookLater();
  }

  /** Looks for the last time; to be called once no claim is under way any more. */
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
    // What has not been committed until now had a lease that is over.
    const isOver = failedAt !== undefined && begunAt - failedAt > leaseMs;
    if (isOver && this.#lastFailureAt === failedAt) this.#lastFailureAt = undefined;
  }

  /** @returns whether Postgres answered */
  async #handBack(olderThanMs: number): Promise<boolean> {
    const { db, executorId, known, outage, logger } = this.#options;
    try {
      const tasks = await releaseUnknown(db, {
        executor: executorId,
        known: known(),
        older_than_ms: olderThanMs,
        younger_than_ms: performance.now(),
      });
      if (tasks > 0) logger.warn({ tasks }, 'claims whose answer was lost are handed back');
      return true;
    } catch (error) {
      outage.warn({ err: error }, 'claims whose answer was lost are not handed back: Postgres is away');
      return false;
    }
  }
}
