import type { Attempt, AttemptList, HistoryQuery } from '@millrace/contracts';
import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { readHistoryPage, readRange } from './history-page.ts';
import { attemptRows } from './history-rows.ts';

/** A page of the attempts so far, oldest first, including the current one. Also empty for a task that the caller may not see. */
export async function listAttempts(
  db: Database,
  caller: Caller,
  taskId: string,
  query: HistoryQuery = {},
): Promise<Omit<AttemptList, 'task_id'>> {
  const { sql } = db;
  const task = sql`${taskId}::uuid`;
  const { after, limit } = readRange(query);
  const rows = sql`
    select * from ${attemptRows(db, task)} as attempts
    where attempt > ${after} and exists (select from tasks where tasks.id = ${task} and ${isSeen(db, caller)})
    order by attempt limit ${limit + 1}`;
  const bytes = sql`coalesce(octet_length(result::text), 0) + coalesce(octet_length(error::text), 0)`;
  const page = await readHistoryPage<Attempt>(db, 'attempt', { rows, bytes, limit });
  return { attempts: page.items, next_cursor: page.next_cursor };
}
