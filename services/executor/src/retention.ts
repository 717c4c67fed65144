import type { Logger } from '@millrace/contracts';
import { type Database, deleteExpiredKeys, deleteFinished } from '@millrace/db';

const ROUND_MS = 600_000;
const BATCH = 500;
/** Between batches, so that a large clean-up never crowds out the work. */
const PAUSE_MS = 100;

/** Deletes what finished longer ago than the retention, in small batches, and idempotency keys that have expired. */
export class Retention {
  readonly #options: { db: Database; days: number; logger: Logger };
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: { db: Database; days: number; logger: Logger }) {
    this.#options = options;
  }

  start(): void {
    // Spread, so that many executors do not clean up at once.
    this.#schedule(Math.random() * ROUND_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#round(), delayMs);
  }

  async #round(): Promise<void> {
    const { db, days, logger } = this.#options;
    try {
      await deleteExpiredKeys(db);
      const deleted = days > 0 ? await deleteFinished(db, { older_than_days: days, limit: BATCH }) : 0;
      if (deleted > 0) logger.info({ tasks: deleted, older_than_days: days }, 'deleted finished tasks');
      this.#schedule(deleted === BATCH ? PAUSE_MS : ROUND_MS);
    } catch (error) {
      logger.warn({ err: error }, 'could not delete finished tasks; trying again later');
      this.#schedule(ROUND_MS);
    }
  }
}
