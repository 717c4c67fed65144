import type { Database } from '../connection/database.ts';
import { KEY_LIFETIME_HOURS } from '../submission/submit-once.ts';

/** Per batch. */
const EXAMINED_MAX = 5_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface DeletedBatch {
  /** How many tasks were deleted. */
  readonly deleted: number;
  /** Where the next batch begins; null once nothing old enough is left. */
  readonly next: string | null;
}

/**
 * Deletes tasks that finished longer ago than this, with their attempts, in id order. At most `limit` at a
 * time, for short locks; many processes may do it at once. What finished long ago was created even earlier
 * and so comes first; the walk ends there, however many tasks follow.
 */
export async function deleteFinished(
  db: Database,
  { older_than_days, limit, after = FIRST_ID }: { older_than_days: number; limit: number; after?: string },
): Promise<DeletedBatch> {
  const { sql, query } = db;
  // A literal: a plan that does not know how few rows it reads may read and sort them all.
  const examinedMax = sql.unsafe(`${EXAMINED_MAX}`);
  const cutoff = sql`now() - make_interval(days => ${older_than_days})`;
  // Materialized: a plain subquery might be executed again for each row, which would void the limit.
  const [answer] = await query<[DeletedBatch]>`
    with examined as materialized (
      select id, created_at, finished_at from tasks where id > ${after} order by id limit ${examinedMax}
    ), old as materialized (
      select tasks.id from tasks
      where tasks.id = any(array(select id from examined where finished_at < ${cutoff} order by id limit ${limit}))
        -- Once more, of the row under its lock; written so that no index can answer it.
        and tasks.finished_at + make_interval(days => ${older_than_days}) < now()
      for update skip locked
    ), gone as (
      delete from tasks where id = any(array(select id from old)) returning id
    )
    select (select count(*) from gone)::integer as deleted,
      case when (select count(*) from old) = ${limit} then (select max(id::text) from old)
        when (select count(*) from examined) = ${examinedMax} and exists (select from examined where created_at < ${cutoff})
          then (select max(id::text) from examined)
      end as next`;
  return answer;
}

/**
 * Deletes expired idempotency keys: the oldest `limit`, and any created at the same moment as the last of
 * those. Selected by time, since the executor's role may not read the keys.
 *
 * @returns how many; fewer than the limit once none are left, or if someone else deletes them too
 */
export async function deleteExpiredKeys(db: Database, { limit }: { limit: number }): Promise<number> {
  return db.transaction(async (transaction) => {
    // A batch that uses its keys again may lock them in another order. In that deadlock this gives up first, not the batch.
    await transaction`set local lock_timeout = 200`;
    const deleted = await transaction`
      delete from idempotency_keys where created_at <= (
        select max(created_at) from (
          select created_at from idempotency_keys
          where created_at < now() - make_interval(hours => ${KEY_LIFETIME_HOURS}) order by created_at limit ${limit}
        ) as oldest
      )`;
    return deleted.count;
  });
}
