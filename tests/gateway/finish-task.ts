import { claim, complete, type Database } from '@millrace/db';

/** What an executor does to a task in the database, without publishing it. */
export async function finishTask(db: Database, task_id: string): Promise<void> {
  const claimed = await claim(db, { task_id, executor: 'test', lease_ms: 60_000 });
  if (!claimed) throw new Error(`task ${task_id} could not be claimed`);
  const result = { output: '2', steps: [] };
  if (!(await complete(db, { task_id, attempt: claimed.attempts, result, usage: null }))) {
    throw new Error(`task ${task_id} could not be completed`);
  }
}
