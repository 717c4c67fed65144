import type postgres from 'postgres';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';

export interface OpenTasksLimit {
  readonly owner: string;
  readonly max_open_tasks: number;
}

const LOCK_WAIT_MS = '2000';

/** Null for a caller without a limit. */
export function openTasksLimit({ owner, max_open_tasks }: Caller): OpenTasksLimit | null {
  return owner === null || max_open_tasks === null ? null : { owner, max_open_tasks };
}

/**
 * How many tasks an owner has open, counted up to `max`. Until the transaction ends, other limited submissions for that owner wait, in
 * every process, so that two cannot both take the last place.
 */
export async function countOpenTasks(
  transaction: postgres.ISql,
  owner: string,
  max: number,
): Promise<number> {
  const [, , [row]] = await Promise.all([
    // Waiting occupies a pooled connection: not for as long as a frozen lock holder takes.
    transaction`select set_config('lock_timeout', ${LOCK_WAIT_MS}, true)`,
    transaction`select pg_advisory_xact_lock(hashtextextended(${`open_tasks/${owner}`}, 0))`,
    // A separate statement, whose snapshot includes what the previous lock holder committed.
    transaction<[{ open: number }]>`
      select count(*)::integer as open from (
        select from tasks where owner = ${owner} and status in ('PENDING', 'RUNNING') limit ${max}
      ) as counted`,
  ]);
  return row.open;
}

/**
 * Adds tasks within the caller's limit; without one, this costs nothing.
 *
 * @param add is passed how many more tasks the caller may have open
 */
export async function withinOpenTasksLimit<T>(
  db: Database,
  caller: Caller,
  add: (sql: postgres.ISql, room: number) => Promise<T>,
): Promise<T> {
  const limit = openTasksLimit(caller);
  if (!limit) return answeredInTime(add(db.sql, Number.POSITIVE_INFINITY));
  return db.transaction(async (sql) => add(sql, await roomUnder(sql, limit)));
}

export async function roomUnder(
  transaction: postgres.ISql,
  { owner, max_open_tasks }: OpenTasksLimit,
): Promise<number> {
  return Math.max(0, max_open_tasks - (await countOpenTasks(transaction, owner, max_open_tasks)));
}
