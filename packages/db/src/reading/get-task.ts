import type { Task } from '@millrace/contracts';
import { uuidArray } from '../attempts/fence.ts';
import { batchedVerb } from '../batching/batched-verb.ts';
import { LATER } from '../batching/group-commit.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { READ_BYTES_MAX, taskColumnList, toTask } from '../task-row.ts';

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

/** Those who poll at the same time share a statement. */
const getTogether = batchedVerb<GetInput, Task | null>(
  'get_task',
  async (db, inputs) => {
    const ids = uuidArray(inputs.map(({ id }) => id));
    const rows = await db.sql<(Task & { found: number })[]>`
      select found, ${taskColumnList(db)} from (
        select ${taskColumnList(db)}, count(*) over ()::integer as found,
          coalesce(sum(pg_column_size(prompt) + coalesce(pg_column_size(system), 0) + coalesce(pg_column_size(result), 0))
            over (order by array_position(${ids}::uuid[], id) rows between unbounded preceding and 1 preceding), 0) as bytes_before
        from tasks where id = any(${ids}::uuid[])
      ) as tasks where bytes_before < ${READ_BYTES_MAX}`;
    const tasks = new Map(rows.map(({ found, ...row }) => [row.id, row]));
    const missing = rows.length < (rows[0]?.found ?? 0) ? LATER : null;
    return inputs.map(({ id, caller: { sees } }) => {
      const row = tasks.get(id.toLowerCase());
      if (!row) return missing;
      return sees === null || row.owner === sees ? toTask(row) : null;
    });
  },
  // A second one at once: nothing is gained by waiting, and a connection may have gone silent.
  { secondFlushMin: 1 },
);
