import type postgres from 'postgres';
import { arrayLiteral } from '../batching/array-literal.ts';
import type { Database } from '../connection/database.ts';

/** One claim of one task: the fence of every later write. */
export interface Attempt {
  readonly task_id: string;
  readonly attempt: number;
}

/**
 * The row, if any, that each input wrote. Matched by task and attempt, since an attempt that lost its task
 * may share a batch with the current owner. Of two inputs for one attempt, the key of `task_attempts` refuses
 * the batch, and they are then written one by one.
 */
export function answerByAttempt<Row extends { id: string; attempts: number }>(
  inputs: readonly Attempt[],
  rows: readonly Row[],
): (Row | null)[] {
  const written = new Map(rows.map((row) => [`${row.id}/${row.attempts}`, row]));
  return inputs.map(({ task_id, attempt }) => written.get(`${task_id}/${attempt}`) ?? null);
}

/**
 * A common table expression of the rows that these attempts may still hold, locked in id order to prevent
 * deadlocks. The caller must also compare `attempts`.
 *
 * @param columns of `tasks`
 * @param whenLocked what to do about rows that another session has locked; by default, waits for them
 */
export function lockRunning(
  { sql }: Database,
  attempts: readonly Attempt[],
  columns: postgres.PendingQuery<postgres.Row[]>,
  whenLocked = sql``,
) {
  const ids = arrayLiteral(attempts.map(({ task_id }) => task_id));
  return sql`running as (
    select ${columns} from tasks where id = any(${ids}::uuid[]) and status = 'RUNNING' order by id for no key update ${whenLocked}
  )`;
}
