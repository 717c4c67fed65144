import type { Database } from './database.ts';
import { KEY_LIFETIME_HOURS } from './idempotency-key.ts';

/**
 * Deletes tasks that finished longer ago than this, with their attempts, and idempotency keys older than theirs.
 * At most `limit` tasks at a time: short locks, and many processes may do it at once.
 *
 * @returns how many tasks went
 */
export async function deleteFinished(
  db: Database,
  { older_than_days, limit }: { older_than_days: number; limit: number },
): Promise<number> {
  // Materialized: as a plain subquery a plan may run it anew for each row, and the limit would mean nothing.
  const deleted = await db.sql`
    with old as materialized (
      select id from tasks
      where finished_at < now() - make_interval(days => ${older_than_days})
      limit ${limit} for update skip locked
    )
    delete from tasks using old where tasks.id = old.id`;
  return deleted.count;
}

/** Forgets idempotency keys that no longer bind anyone. */
export async function deleteExpiredKeys(db: Database): Promise<number> {
  const deleted = await db.sql`
    delete from idempotency_keys where created_at < now() - make_interval(hours => ${KEY_LIFETIME_HOURS})`;
  return deleted.count;
}
