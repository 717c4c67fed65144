import type { Task } from '@millrace/contracts';
import { batchedVerb } from './batched-verb.ts';
import { UNRESTRICTED } from './caller.ts';
import type { Database } from './database.ts';
import { getTask } from './get-task.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';

/** While Postgres writes a batch of these the gateway has nothing to do but to read the next ones, and the other way round. */
const SECOND_FLUSH_MIN = 28;

/** Stores a task; resolves once it is committed. The id of a task that is there already gives that task, unchanged. */
export const submit = batchedVerb<NewTask, Task>(
  'submit',
  async (db, inputs) => {
    const inserted = await insertTasks(db.sql, inputs);
    for (const { id } of inputs) if (!inserted.has(id)) inserted.set(id, await existing(db, id));
    return inputs.map(({ id }) => inserted.get(id)!);
  },
  { secondFlushMin: SECOND_FLUSH_MIN },
);

async function existing(db: Database, id: string): Promise<Task> {
  const task = await getTask(db, UNRESTRICTED, id);
  if (!task) throw new Error(`task ${id} was neither inserted nor found`);
  return task;
}
