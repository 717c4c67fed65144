import type postgres from 'postgres';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';

export interface OpenTasksLimit {
  readonly owner: string;
  readonly max_open_tasks: number;
}

const LOCK_WAIT_MS = '2000';

/** Null for a caller that may have any number of tasks open. */
export function openTasksLimit({ owner, max_open_tasks }: Caller): OpenTasksLimit | null {
  return owner === null || max_open_tasks === null ? null : { owner, max_open_tasks };
}

/**
 * How many tasks each of these owners has open, counted as far as its limit. Until the transaction has ended, whoever else adds tasks of
 * theirs under a limit waits, in every process: so that two who count cannot both take the last place.
 */
export async function countOpenTasks(
  transaction: postgres.TransactionSql,
  limits: readonly OpenTasksLimit[],
): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  for (const { owner, max_open_tasks } of limits) {
    highest.set(owner, Math.max(max_open_tasks, highest.get(owner) ?? 0));
  }
  // All take their locks in the same order, or they would wait for each other.
  const owners = [...highest.keys()].sort();
  const asked = owners.map((owner) => ({ owner, max: highest.get(owner) }));
  const [, , rows] = await Promise.all([
    // Who waits has a connection of the pool: not for as long as the process that holds the lock may be frozen.
    transaction`select set_config('lock_timeout', ${LOCK_WAIT_MS}, true)`,
    transaction`
      select pg_advisory_xact_lock(hashtextextended('open_tasks/' || owner, 0))
      from json_array_elements_text(${JSON.stringify(owners)}::json) as owner`,
    // A statement of its own, which sees what those have committed that it waited for.
    transaction<{ owner: string; open: number }[]>`
      select input.owner, (
        select count(*)::integer from (
          select from tasks where tasks.owner = input.owner and status in ('PENDING', 'RUNNING') limit input.max
        ) as counted
      ) as open
      from json_to_recordset(${JSON.stringify(asked)}::json) as input(owner text, max integer)`,
  ]);
  return new Map(rows.map(({ owner, open }) => [owner, open]));
}

/**
 * Adds tasks of a caller within its limit; without one, this costs nothing.
 *
 * @param add is told how many more the caller may have open
 */
export async function withinOpenTasksLimit<T>(
  db: Database,
  caller: Caller,
  add: (sql: postgres.Sql | postgres.TransactionSql, room: number) => Promise<T>,
): Promise<T> {
  const limit = openTasksLimit(caller);
  if (!limit) return answeredInTime(add(db.sql, Number.POSITIVE_INFINITY));
  const added = db.sql.begin(async (transaction) => add(transaction, await roomUnder(transaction, limit)));
  return answeredInTime(added as Promise<T>);
}

export async function roomUnder(
  transaction: postgres.TransactionSql,
  limit: OpenTasksLimit,
): Promise<number> {
  const open = await countOpenTasks(transaction, [limit]);
  return Math.max(0, limit.max_open_tasks - open.get(limit.owner)!);
}
