import type { HistoryQuery, TaskStep, TaskStepList } from '@millrace/contracts';
import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { readHistoryPage, readRange } from './history-page.ts';
import { checkpointRows, resultStepRows, stepBytes } from './history-rows.ts';

/** The checkpoints of a task, of every attempt and run, oldest first: what an executor resumes from. */
export async function loadSteps(db: Database, taskId: string): Promise<TaskStep[]> {
  return db.query<TaskStep[]>`
    select * from ${checkpointRows(db, db.sql`${taskId}::uuid`)} as steps order by seq`;
}

/**
 * A page of the steps shown to people, oldest first. Single-step models write no checkpoint: their step is
 * read from the results. Also empty for a task that the caller may not see.
 */
export async function listSteps(
  db: Database,
  caller: Caller,
  taskId: string,
  query: HistoryQuery = {},
): Promise<Omit<TaskStepList, 'task_id'>> {
  const { sql } = db;
  const task = sql`${taskId}::uuid`;
  const { after, limit } = readRange(query);
  const first = after + 1;
  const last = after + limit + 1;
  const seen = sql`exists (select from tasks where tasks.id = ${task} and ${isSeen(db, caller)})`;
  const rows = sql`
    (select * from ${checkpointRows(db, task)} as checkpoints
      where seq >= ${first} and ${seen} order by seq limit ${limit + 1})
    union all
    select * from ${resultStepRows(
      db,
      task,
      sql`not exists (select from task_steps where task_id = ${task}) and ${seen}
        and steps_before + steps >= ${first} and steps_before < ${last}
        and steps_before + place between ${first} and ${last}`,
    )} as of_results`;
  const page = await readHistoryPage<TaskStep>(db, 'seq', { rows, bytes: stepBytes(db), limit });
  return { steps: page.items, next_cursor: page.next_cursor };
}
