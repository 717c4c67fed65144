import type { Task } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';

/**
 * From this many waiting tasks on, a second statement beside the one in flight pays off; with fewer, two took
 * longer than one for all (measured by bench/gateway.ts).
 */
const SECOND_FLUSH_MIN = 28;

/** Stores a task, whose id must be new; resolves once committed. */
export const submit = batchedVerb<NewTask, Task>('submit', (db, inputs) => insertTasks(db.sql, inputs), {
  secondFlushMin: SECOND_FLUSH_MIN,
});
