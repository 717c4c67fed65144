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
  /** The round's last task so far. */
  #after: string | undefined;
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
      if (!this.#after) await deleteExpiredKeys(db);
      this.#after = days > 0 ? await this.#deleteBatch() : undefined;
      this.#schedule(this.#after ? PAUSE_MS : ROUND_MS);
    } catch (error) {
      logger.warn({ err: error }, 'could not delete finished tasks; trying again later');
      this.#after = undefined;
      this.#schedule(ROUND_MS);
    }
  }

  /** @returns where to go on in this round */
  async #deleteBatch(): Promise<string | undefined> {
    const { db, days, logger } = this.#options;
    const batch = { older_than_days: days, limit: BATCH, ...(this.#after && { after: this.#after }) };
    const { deleted, next } = await deleteFinished(db, batch);
    if (deleted > 0) logger.info({ tasks: deleted, older_than_days: days }, 'deleted finished tasks');
    return next ?? undefined;
  }
}
