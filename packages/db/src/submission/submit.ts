import type { Task } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import { UNRESTRICTED } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { isUniqueViolation } from '../connection/errors.ts';
import { getTask } from '../reading/get-task.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';

/**
 * From this many waiting tasks on, a second statement beside the one in flight pays off; with fewer, two took longer than one for all
 * (measured by bench/gateway.ts).
 */
const SECOND_FLUSH_MIN = 28;

/** Stores a task; resolves once committed. If the id already exists, resolves with that task, unchanged. */
export const submit = batchedVerb<NewTask, Task>('submit', submitTogether, {
  secondFlushMin: SECOND_FLUSH_MIN,
});

async function submitTogether(db: Database, inputs: readonly NewTask[]): Promise<readonly Task[]> {
  try {
    const inserted = await insertTasks(db.sql, inputs);
    return inputs.map(({ id }) => inserted.get(id)!);
  } catch (error) {
    // For a batch it is rethrown, and GroupCommit searches for the culprit.
    if (inputs.length > 1 || !isUniqueViolation(error)) throw error;
    const known = await getTask(db, UNRESTRICTED, inputs[0]!.id);
    if (!known) throw error;
    return [known];
  }
}
