import type { Task } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import { UNRESTRICTED } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { isUniqueViolation } from '../connection/errors.ts';
import { getTask } from '../reading/get-task.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';

/**
 * While Postgres writes, the gateway would have little to do but to wait. With fewer, two statements took longer than one for all: measured
 * by bench/gateway.ts.
 */
const SECOND_FLUSH_MIN = 28;

/** Stores a task; resolves once it is committed. The id of a task that is there already gives that task, unchanged. */
export const submit = batchedVerb<NewTask, Task>('submit', submitTogether, {
  secondFlushMin: SECOND_FLUSH_MIN,
});

async function submitTogether(db: Database, inputs: readonly NewTask[]): Promise<readonly Task[]> {
  try {
    const inserted = await insertTasks(db.sql, inputs);
    return inputs.map(({ id }) => inserted.get(id)!);
  } catch (error) {
    // That of a batch is thrown: it is looked for among its tasks then.
    if (inputs.length > 1 || !isUniqueViolation(error)) throw error;
    const known = await getTask(db, UNRESTRICTED, inputs[0]!.id);
    if (!known) throw error;
    return [known];
  }
}
