import type { Logger } from '@millrace/contracts';
import { type Database, deleteExpiredKeys, deleteFinished } from '@millrace/db';

const ROUND_MS = 600_000;
const BATCH = 500;
/** Nothing depends on a key, so that many go as fast. */
const KEYS_BATCH = 5_000;
/** Between batches, so that a large clean-up never crowds out the work. */
const PAUSE_MS = 100;

interface RetentionOptions {
  readonly db: Database;
  readonly days: number;
  readonly logger: Logger;
  readonly roundMs?: number;
}

/** Deletes a batch. @returns whether there may be more in this round */
type Part = () => Promise<boolean>;

/** Deletes what finished longer ago than the retention, and idempotency keys that have expired, both in small batches. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #roundMs: number;
  /** Each is done whatever becomes of the others. */
  readonly #parts: readonly Part[];
  #timer: Timer | undefined;
  /** The round's last task so far. */
  #after: string | undefined;
  #stopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#roundMs = options.roundMs ?? ROUND_MS;
    const deleteKeys = () => this.#deleteKeys();
    const deleteTasks = () => this.#deleteTasks();
    this.#parts = options.days > 0 ? [deleteKeys, deleteTasks] : [deleteKeys];
  }

  start(): void {
    // Spread, so that many executors do not clean up at once.
    this.#schedule(Math.random() * this.#roundMs, this.#parts);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number, parts: readonly Part[]): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#goOn(parts), delayMs);
  }

  /** @param parts of the round that are not done */
  async #goOn(parts: readonly Part[]): Promise<void> {
    const unfinished: Part[] = [];
    for (const part of parts) {
      try {
        if (await part()) unfinished.push(part);
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'could not delete what is old; trying again later');
      }
    }
    if (unfinished.length > 0) this.#schedule(PAUSE_MS, unfinished);
    else this.#schedule(this.#roundMs, this.#parts);
  }

  async #deleteKeys(): Promise<boolean> {
    return (await deleteExpiredKeys(this.#options.db, { limit: KEYS_BATCH })) >= KEYS_BATCH;
  }

  async #deleteTasks(): Promise<boolean> {
    const { db, days, logger } = this.#options;
    const batch = { older_than_days: days, limit: BATCH, ...(this.#after && { after: this.#after }) };
    // Begins anew if this fails.
    this.#after = undefined;
    const { deleted, next } = await deleteFinished(db, batch);
    if (deleted > 0) logger.info({ tasks: deleted, older_than_days: days }, 'deleted finished tasks');
    this.#after = next ?? undefined;
    return next !== null;
  }
}
