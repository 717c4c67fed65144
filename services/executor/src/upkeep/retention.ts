import type { Logger } from '@millrace/contracts';
import { type Database, deleteExpiredKeys, deleteFinished } from '@millrace/db';
import { Rounds } from './rounds.ts';

const ROUND_MS = 600_000;
const BATCH = 500;
/** Larger: nothing references a key. */
const KEYS_BATCH = 5_000;
/** Between batches, so that a large clean-up never crowds out real work. */
const PAUSE_MS = 100;

interface RetentionOptions {
  readonly db: Database;
  /** 0 keeps tasks forever. */
  readonly days: number;
  readonly logger: Logger;
  readonly roundMs?: number;
}

/** Deletes, in small batches, expired idempotency keys, and tasks that finished before the retention period. */
export function retention({ db, days, logger, roundMs = ROUND_MS }: RetentionOptions): Rounds {
  async function deleteKeys(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const deleted = await deleteExpiredKeys(db, { limit: KEYS_BATCH });
      if (deleted < KEYS_BATCH) return;
      await Bun.sleep(PAUSE_MS);
    }
  }

  async function deleteTasks(signal: AbortSignal): Promise<void> {
    let after: string | undefined;
    while (days > 0 && !signal.aborted) {
      const batch = { older_than_days: days, limit: BATCH, ...(after && { after }) };
      const { deleted, next } = await deleteFinished(db, batch);
      if (deleted > 0) logger.info({ tasks: deleted, older_than_days: days }, 'deleted finished tasks');
      if (next === null) return;
      after = next;
      await Bun.sleep(PAUSE_MS);
    }
  }

  return new Rounds(roundMs, async (signal) => {
    // One that fails does not stop the other.
    for (const deleteAll of [deleteKeys, deleteTasks]) {
      await deleteAll(signal).catch((error) =>
        logger.warn({ err: error }, 'could not delete expired data; retrying later'),
      );
    }
  });
}
