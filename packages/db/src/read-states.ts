import type { TaskStatus } from '@millrace/contracts';
import type { Database } from './database.ts';

/** What changes while a task goes on: two equal states mean that nothing has happened to it in between. */
export interface TaskState {
  readonly id: string;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly max_attempts: number;
  /** Steps of all attempts that are finished. */
  readonly steps: number;
}

/** The states of many tasks in one statement; tasks that are not there are missing from the answer. */
export async function readStates(db: Database, ids: readonly string[]): Promise<TaskState[]> {
  return db.sql<TaskState[]>`
    select tasks.id, status::text, attempts, max_attempts,
      coalesce((select max(seq) from task_steps where task_id = tasks.id), 0) as steps
    from json_to_recordset(${JSON.stringify(ids.map((id) => ({ id })))}::json) as input(id uuid)
    join tasks on tasks.id = input.id`;
}
