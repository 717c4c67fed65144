import type { Attempt, AttemptList, HistoryQuery } from '@millrace/contracts';
import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { PAGE_BYTES_MAX, readRange, toHistoryPage } from './history-page.ts';
import { attemptRows } from './history-rows.ts';

/** A page of the attempts so far, oldest first, including the current one. Also empty for a task that the caller may not see. */
export async function listAttempts(
  db: Database,
  caller: Caller,
  taskId: string,
  query: HistoryQuery = {},
): Promise<Omit<AttemptList, 'task_id'>> {
  const { after, limit } = readRange(query);
  const read = db.sql<(Attempt & { found: number })[]>`
    select attempt, status, executor, started_at, ended_at, error, result, found
    from (
      select *, count(*) over ()::integer as found,
        coalesce(sum(coalesce(octet_length(result::text), 0) + coalesce(octet_length(error::text), 0))
          over (order by attempt rows between unbounded preceding and 1 preceding), 0) as bytes_before
      from (
        select * from ${attemptRows(db, db.sql`${taskId}::uuid`)} as attempts
        where attempt > ${after} and exists (select from tasks where tasks.id = ${taskId} and ${isSeen(db, caller)})
        order by attempt limit ${limit + 1}
      ) as later
    ) as page
    where bytes_before < ${PAGE_BYTES_MAX} order by attempt limit ${limit}`;
  const { items: attempts, next_cursor } = toHistoryPage(
    await answeredInTime(read),
    ({ attempt }) => attempt,
  );
  return { attempts, next_cursor };
}
