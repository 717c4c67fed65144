import type { Task } from '@millrace/contracts';
import { batchedVerb } from './batched-verb.ts';
import { UNRESTRICTED } from './caller.ts';
import type { Database } from './database.ts';
import { getTask } from './get-task.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';

/**
 * While Postgres writes, the gateway would have little to do but to wait. With fewer, two statements took longer than one for all: measured
 * by bench/gateway.ts.
 */
const SECOND_FLUSH_MIN = 28;

/** Stores a task; resolves once it is committed. The id of a task that is there already gives that task, unchanged. */
export const submit = batchedVerb<NewTask, Task>(
  'submit',
  async (db, inputs) => {
    const inserted = await insertTasks(db.sql, inputs);
    return Promise.all(inputs.map(({ id }) => inserted.get(id) ?? existing(db, id)));
  },
  { secondFlushMin: SECOND_FLUSH_MIN },
);

async function existing(db: Database, id: string): Promise<Task> {
  const task = await getTask(db, UNRESTRICTED, id);
  if (!task) throw new Error(`task ${id} was neither inserted nor found`);
  return task;
}
