import type { Logger } from '@millrace/contracts';
import { type Attempt, type Database, releaseUnknown } from '@millrace/db';

export interface UnansweredClaimsOptions {
  readonly db: Database;
  readonly executorId: string;
  /** What runs here, and what is claimed and about to. */
  readonly known: () => readonly Attempt[];
  readonly leaseMs: number;
  readonly logger: Logger;
}

/** For so much of its lease the answer of a claim may still come. */
const ANSWER_SHARE = 1 / 6;

/**
 * Claims that failed and may have been committed all the same: their tasks run nowhere, and would count as lost when the lease ends. They
 * are handed back before that.
 */
export class UnansweredClaims {
  readonly #options: UnansweredClaimsOptions;
  #lastFailureAt: number | undefined;

  constructor(options: UnansweredClaimsOptions) {
    this.#options = options;
  }

  /** A claim failed, and nobody knows whether it was carried out. */
  failed(): void {
    this.#lastFailureAt = performance.now();
  }

  /** Costs nothing unless a claim has failed lately. */
  async handBack(): Promise<void> {
    const failedAt = this.#lastFailureAt;
    if (failedAt === undefined) return;
    const { db, executorId, known, leaseMs, logger } = this.#options;
    const answerMsMax = leaseMs * ANSWER_SHARE;
    const isOver = performance.now() - failedAt > answerMsMax;
    const tasks = await releaseUnknown(db, {
      executor: executorId,
      known: known(),
      older_than_ms: answerMsMax,
      younger_than_ms: performance.now(),
    });
    if (tasks > 0) logger.warn({ tasks }, 'claims whose answer was lost are handed back');
    // Those of the last failure are old enough by now, unless another claim has failed meanwhile.
    if (isOver && this.#lastFailureAt === failedAt) this.#lastFailureAt = undefined;
  }
}
