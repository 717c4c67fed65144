import type { Database } from '../connection/database.ts';
import { KEY_LIFETIME_HOURS } from '../submission/idempotency-key.ts';

/** Looked at for one batch, at most. */
const EXAMINED_MAX = 5_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface DeletedBatch {
  /** How many tasks went. */
  readonly deleted: number;
  /** Where the next batch begins; null once nothing is left that is old enough. */
  readonly next: string | null;
}

/**
 * Deletes tasks that finished longer ago than this, with their attempts, in the order of their ids. At most `limit` tasks at a time:
 * short locks, and many processes may do it at once. What finished long ago was created before that, so it lies at the beginning; there
 * the walk ends, however many tasks follow.
 */
export async function deleteFinished(
  db: Database,
  { older_than_days, limit, after = FIRST_ID }: { older_than_days: number; limit: number; after?: string },
): Promise<DeletedBatch> {
  const { sql } = db;
  // As a literal: a plan that does not know how few it reads may read them all, and sort.
  const examinedMax = sql.unsafe(`${EXAMINED_MAX}`);
  const cutoff = sql`now() - make_interval(days => ${older_than_days})`;
  // Materialized: as a plain subquery a plan may run it anew for each row, and the limit would mean nothing.
  const [answer] = await sql<[DeletedBatch]>`
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
 * Forgets idempotency keys that no longer bind anyone: so many of the oldest, and those of the same moment as the last of them. By their
 * times, since who deletes them may not read them.
 *
 * @returns how many; fewer than the limit once none is left, or where somebody else deletes them
 */
export async function deleteExpiredKeys({ sql }: Database, { limit }: { limit: number }): Promise<number> {
  const deleted = await sql`
    delete from idempotency_keys where created_at <= (
      select max(created_at) from (
        select created_at from idempotency_keys
        where created_at < now() - make_interval(hours => ${KEY_LIFETIME_HOURS}) order by created_at limit ${limit}
      ) as oldest
    )`;
  return deleted.count;
}
