import type { Logger } from '@millrace/contracts';
import { type Database, deleteExpiredKeys, deleteFinished } from '@millrace/db';

const ROUND_MS = 600_000;
const BATCH = 500;
/** Larger: nothing references a key. */
const KEYS_BATCH = 5_000;
/** Between batches, so that a large clean-up never crowds out real work. */
const PAUSE_MS = 100;

interface RetentionOptions {
  readonly db: Database;
  readonly days: number;
  readonly logger: Logger;
  readonly roundMs?: number;
}

/** Deletes a batch. @returns whether more may be left in this round */
type Part = () => Promise<boolean>;

/** Deletes, in small batches, tasks that finished before the retention period, and expired idempotency keys. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #roundMs: number;
  /** Independent: one that fails does not stop the others. */
  readonly #parts: readonly Part[];
  #timer: Timer | undefined;
  /** Where this round's next batch of tasks begins. */
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
    // Jittered, so that executors do not all clean up at once.
    this.#schedule(Math.random() * this.#roundMs, this.#parts);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number, parts: readonly Part[]): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#goOn(parts), delayMs);
  }

  /** @param parts those not yet done in this round */
  async #goOn(parts: readonly Part[]): Promise<void> {
    const unfinished: Part[] = [];
    for (const part of parts) {
      try {
        if (await part()) unfinished.push(part);
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'could not delete expired data; retrying later');
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
    // Starts over if this fails.
    this.#after = undefined;
    const { deleted, next } = await deleteFinished(db, batch);
    if (deleted > 0) logger.info({ tasks: deleted, older_than_days: days }, 'deleted finished tasks');
    this.#after = next ?? undefined;
    return next !== null;
  }
}
