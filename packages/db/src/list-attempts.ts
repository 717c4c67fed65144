import type { Attempt, AttemptOutcome, TaskError, TaskResult } from '@millrace/contracts';
import { type Caller, isSeen } from './caller.ts';
import type { Database } from './database.ts';
import { toTimestamp } from './task-row.ts';

interface Row {
  attempt: number;
  status: 'RUNNING' | AttemptOutcome;
  executor: string;
  started_at: string;
  ended_at: string | null;
  error: TaskError | null;
  result: TaskResult | null;
}

/** Every attempt so far, oldest first, the one under way included. Empty also for a task that is not seen. */
export async function listAttempts(db: Database, caller: Caller, taskId: string): Promise<Attempt[]> {
  const rows = await db.sql<Row[]>`
    select attempt, outcome::text as status, executor, started_at, ended_at, error, result
    from task_attempts where task_id = ${taskId}
      and exists (select from tasks where tasks.id = ${taskId} and ${isSeen(db, caller)})
    union all
    select attempts, status::text, executor, attempt_started_at, finished_at, null, result
    from tasks where id = ${taskId} and status in ('RUNNING', 'COMPLETED') and ${isSeen(db, caller)}
    order by attempt`;
  return rows.map((row) => ({
    ...row,
    started_at: toTimestamp(row.started_at),
    ended_at: row.ended_at && toTimestamp(row.ended_at),
  }));
}
