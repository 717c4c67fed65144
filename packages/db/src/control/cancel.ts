import { isFinished, type Task } from '@millrace/contracts';
import { usageOfRun } from '../attempts/usage-of-run.ts';
import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { getTask } from '../reading/get-task.ts';
import { taskColumnList } from '../task-row.ts';
import { CANCELLED_CHANNEL } from './listen-for-cancellations.ts';

export interface Cancellation {
  /** False if the task had already ended, cancelled or otherwise. */
  readonly changed: boolean;
  readonly task: Task;
}

/**
 * Ends a pending or running task as CANCELLED, durably and at once. A running attempt is fenced off from then
 * on, and learns of it by a notification or, at the latest, its next heartbeat. Null if there is no such
 * task.
 */
export async function cancel(db: Database, caller: Caller, id: string): Promise<Cancellation | null> {
  for (;;) {
    const cancelled = await cancelUnfinished(db, caller, id);
    if (cancelled) return { changed: true, task: cancelled };
    const task = await getTask(db, caller, id);
    // Finished when we tried to cancel it, unfinished when read: it was replayed in between.
    if (!task || isFinished(task.status)) return task && { changed: false, task };
  }
}

async function cancelUnfinished(db: Database, caller: Caller, id: string): Promise<Task | null> {
  const [row] = await db.query<(Task & { notified: null })[]>`
    with ended as (
      select id, status, attempts, executor, attempt_started_at from tasks
      where id = ${id} and status in ('PENDING', 'RUNNING') and ${isSeen(db, caller)}
      for update
    ), recorded as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at)
      select id, attempts, 'CANCELLED', executor, attempt_started_at, now() from ended where status = 'RUNNING'
    ), counted as (
      insert into finished_counts (status, count) select 'CANCELLED', count(*) from ended having count(*) > 0
    )
    update tasks set status = 'CANCELLED', due_at = null, finished_at = now(), usage = ${usageOfRun(db)}
    from ended where tasks.id = ended.id
    returning ${taskColumnList(db)},
      case when ended.status = 'RUNNING' then pg_notify(${CANCELLED_CHANNEL}, json_build_object('task_id', tasks.id, 'attempt', tasks.attempts)::text) end as notified`;
  if (!row) return null;
  const { notified, ...cancelled } = row;
  return cancelled;
}
