import type { Task } from '@millrace/contracts';
import type { Database } from './database.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';
import { observed } from './observer.ts';

/** Stores all of the tasks in one statement and commit, or none. Their ids must be new. */
export async function submitAll(db: Database, inputs: readonly NewTask[]): Promise<Task[]> {
  const inserted = await observed(db, 'submit', insertTasks(db.sql, inputs), inputs.length);
  return inputs.map(({ id }) => {
    const task = inserted.get(id);
    if (!task) throw new Error(`task ${id} was there already`);
    return task;
  });
}
