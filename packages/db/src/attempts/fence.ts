import type postgres from 'postgres';
import type { Database } from '../connection/database.ts';

/** One claim of one task: what every later write is fenced by. */
export interface Attempt {
  readonly task_id: string;
  readonly attempt: number;
}

/** Asked twice in one batch to write the same attempt, the first writes it. */
export function firstOfEachAttempt<Input extends Attempt>(inputs: readonly Input[]): Input[] {
  const first = new Map<string, Input>();
  for (const input of inputs) {
    const key = attemptKey(input.task_id, input.attempt);
    if (!first.has(key)) first.set(key, input);
  }
  return [...first.values()];
}

/**
 * Which row, if any, each input wrote. An attempt that lost its task may share a batch with the one that owns it now, so the
 * number counts and not the task alone; asked twice for the same attempt, the first wrote it.
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

/** A list of ids as Postgres reads it: rows looked up by `id = any(…)` are found by the primary key, whatever the planner believes. */
export function uuidArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}

/**
 * A common table expression: the rows that may still be held by one of these attempts, locked one after another in the order of ids, as
 * by every verb that locks several. Compare `attempts`, too.
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
