import type postgres from 'postgres';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { lockUntilEnd } from '../connection/transaction-lock.ts';

/** Whether the caller's open tasks are limited, and so have to be counted. */
export function isLimited(caller: Caller): caller is Caller & { owner: string; max_open_tasks: number } {
  return caller.owner !== null && caller.max_open_tasks !== null;
}

/**
 * How many tasks an owner has open, counted up to `max`. Until the transaction ends, other limited submissions for that
 * owner wait, in every process, so that two cannot both take the last place.
 */
export async function countOpenTasks(
  transaction: postgres.ISql,
  owner: string,
  max: number,
): Promise<number> {
  const [, [row]] = await Promise.all([
    lockUntilEnd(transaction, `open_tasks/${owner}`),
    // A separate statement, whose snapshot includes what the previous lock holder committed.
    transaction<[{ open: number }]>`
      select count(*)::integer as open from (
        select from tasks where owner = ${owner} and status in ('PENDING', 'RUNNING') limit ${max}
      ) as counted`,
  ]);
  return row.open;
}

/** How many more tasks the caller may have open; costs nothing where there is no limit. */
export async function roomFor(transaction: postgres.ISql, caller: Caller): Promise<number> {
  if (!isLimited(caller)) return Number.POSITIVE_INFINITY;
  const { owner, max_open_tasks } = caller;
  return Math.max(0, max_open_tasks - (await countOpenTasks(transaction, owner, max_open_tasks)));
}

/** Adds tasks within the caller's limit: `add` is passed how many. Without a limit it takes no transaction. */
export async function withinOpenTasksLimit<T>(
  db: Database,
  caller: Caller,
  add: (sql: postgres.ISql, room: number) => Promise<T>,
): Promise<T> {
  const addTo = async (sql: postgres.ISql) => add(sql, await roomFor(sql, caller));
  return isLimited(caller) ? db.transaction(addTo) : answeredInTime(addTo(db.sql));
}
