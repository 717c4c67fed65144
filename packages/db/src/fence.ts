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
