import type postgres from 'postgres';
import type { Database } from '../connection/database.ts';

/** One claim of one task: the fence of every later write. */
export interface Attempt {
  readonly task_id: string;
  readonly attempt: number;
}

/** Drops duplicate writes of an attempt within a batch: the first wins. */
export function firstOfEachAttempt<Input extends Attempt>(inputs: readonly Input[]): Input[] {
  const first = new Map<string, Input>();
  for (const input of inputs) {
    const key = attemptKey(input.task_id, input.attempt);
    if (!first.has(key)) first.set(key, input);
  }
  return [...first.values()];
}

/**
 * The row, if any, that each input wrote. Matched by task and attempt, since an attempt that lost its task may share a batch with the
 * current owner; of duplicate inputs, the first wrote the row.
 */
export function answerByAttempt<Row extends { id: string; attempts: number }>(
  inputs: readonly Attempt[],
  rows: readonly Row[],
): (Row | null)[] {
  const written = new Map(rows.map((row) => [attemptKey(row.id, row.attempts), row]));
  return inputs.map(({ task_id, attempt }) => {
    const key = attemptKey(task_id, attempt);
    const row = written.get(key) ?? null;
    written.delete(key);
    return row;
  });
}

function attemptKey(taskId: string, attempt: number): string {
  return `${taskId}/${attempt}`;
}

/** Ids as a Postgres array literal: `id = any(…)` uses the primary key, whatever the planner's statistics say. */
export function uuidArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}

/**
 * A common table expression of the rows that these attempts may still hold, locked in id order to prevent deadlocks. The caller must also
 * compare `attempts`.
 *
 * @param columns of `tasks`
 */
export function lockRunning(
  { sql }: Database,
  attempts: readonly Attempt[],
  columns: postgres.PendingQuery<postgres.Row[]>,
) {
  const ids = uuidArray(attempts.map(({ task_id }) => task_id));
  return sql`running as (
    select ${columns} from tasks where id = any(${ids}::uuid[]) and status = 'RUNNING' order by id for no key update
  )`;
}
