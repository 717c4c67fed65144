import type { TaskResult } from '@millrace/contracts';
import { claim, complete, type Database, fail, replay, submit, UNRESTRICTED } from '@millrace/db';
import { newTask } from './new-task.ts';

/** A result whose steps each output this many bytes. */
export function resultOf(...sizes: number[]): TaskResult {
  const steps = sizes.map((bytes, index) => ({
    kind: 'tool' as const,
    name: 'time',
    arguments: { number: index + 1 },
    output: 'x'.repeat(bytes),
  }));
  return { output: 'done', steps };
}

/**
 * A task that was replayed after each of its attempts but the last.
 *
 * @param results of each attempt; null: it failed
 */
export async function replayedTask(
  db: Database,
  results: readonly (TaskResult | null)[],
  owner: string | null = null,
): Promise<string> {
  const { id } = await submit(db, newTask(owner === null ? {} : { owner }));
  for (const [index, result] of results.entries()) {
    const attempt = index + 1;
    if (index > 0) await replay(db, UNRESTRICTED, { ids: [id] }, 1);
    await claim(db, { task_id: id, executor: 'a', lease_ms: 60_000 });
    if (result) await complete(db, { task_id: id, attempt, result, usage: null });
    else {
      const error = { code: 'busy', message: 'try later', retryable: false };
      await fail(db, { task_id: id, attempt, error });
    }
  }
  return id;
}
