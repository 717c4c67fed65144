import type { Task } from '@millrace/contracts';
import { arrayLiteral } from '../batching/array-literal.ts';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { taskColumnList } from '../task-row.ts';

interface GetInput {
  readonly id: string;
  readonly caller: Caller;
}

/**
 * Null if there is no such task, or the caller does not see it.
 *
 * @param id a UUID
 */
export function getTask(db: Database, caller: Caller, id: string): Promise<Task | null> {
  return getTogether(db, { id, caller });
}

/** Tasks may be large, and a whole batch is in memory at once. */
const BATCH_SIZE_MAX = 32;

/** Concurrent polls share a statement. */
const getTogether = batchedVerb<GetInput, Task | null>(
  'get_task',
  async (db, inputs) => {
    const ids = arrayLiteral(inputs.map(({ id }) => id));
    const rows = await db.sql<Task[]>`select ${taskColumnList(db)} from tasks where id = any(${ids}::uuid[])`;
    const found = new Map(rows.map((row) => [row.id, row]));
    return inputs.map(({ id, caller: { sees } }) => {
      const task = found.get(id.toLowerCase());
      return task && (sees === null || task.owner === sees) ? task : null;
    });
  },
  // A second statement at once: waiting gains nothing, and a connection may have gone silent.
  { maxItems: BATCH_SIZE_MAX, secondFlushMin: 1 },
);
