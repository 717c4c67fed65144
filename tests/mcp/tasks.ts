import { cancel, checkpoint, claim, complete, type Database, fail, submit, UNRESTRICTED } from '@millrace/db';
import { newStep } from '../db/new-step.ts';
import { newTask } from '../db/new-task.ts';

/** Tasks in every state, made by the verbs that executors use. */
export const LONG_OUTPUT = `${'一行文字😀\n'.repeat(2_000)}the end`;

type Names = 'done' | 'failed' | 'running' | 'retried' | 'waiting' | 'long' | 'cancelled';
export type TaskIds = Record<Names, string>;

export async function createTasks(db: Database): Promise<TaskIds> {
  const submitted = async (prompt: string, model = 'builtin') =>
    (await submit(db, newTask({ prompt, model, metadata: { team: 'search' } }))).id;
  const started = async (task_id: string) => {
    await claim(db, { task_id, executor: 'executor-a', lease_ms: 600_000 });
    return task_id;
  };

  const done = await started(await submitted('calculate 1+1'));
  const tool = { kind: 'tool', name: 'calculator', arguments: { expression: '1+1' }, output: '2' } as const;
  const usage = { input_tokens: 3, output_tokens: 1, cached_tokens: 0, cost_usd: null };
  await complete(db, { task_id: done, attempt: 1, result: { output: '2', steps: [tool] }, usage });

  const failed = await started(await submitted('sing 100% of it'));
  const unclear = { code: 'not_understood', message: 'cannot sing', retryable: false };
  await fail(db, { task_id: failed, attempt: 1, error: unclear });

  const running = await started(await submitted('what time is it', 'simulated'));
  const asked = { id: 'c1', name: 'time', arguments: '{"zone":"UTC"}' };
  await checkpoint(db, {
    task_id: running,
    attempt: 1,
    step: newStep(1, { name: 'simulated', tool_calls: [asked] }),
  });
  const answered = { kind: 'tool', name: 'time', arguments: { zone: 'UTC' }, output: 'noon' } as const;
  await checkpoint(db, {
    task_id: running,
    attempt: 1,
    step: newStep(2, { ...answered, tool_call_id: 'c1', duration_ms: 5 }),
  });

  const retried = await started(await submitted('calculate 2+2'));
  const passing = { code: 'model_unavailable', message: 'busy', retryable: true };
  await fail(db, { task_id: retried, attempt: 1, error: passing, retry_after_ms: 3_600_000 });

  const waiting = await submitted(`${'x'.repeat(299)}😀${' and so on'.repeat(300)}`);

  const long = await started(await submitted('write a lot'));
  await complete(db, { task_id: long, attempt: 1, result: { output: LONG_OUTPUT, steps: [] }, usage: null });

  const cancelled = await submitted('calculate 3+3');
  await cancel(db, UNRESTRICTED, cancelled);
  return { done, failed, running, retried, waiting, long, cancelled };
}

/** What an executor does with a task it has claimed. */
export async function run(db: Database, task_id: string, output: string): Promise<void> {
  const claimed = await claim(db, { task_id, executor: 'executor-a', lease_ms: 60_000 });
  const attempt = claimed!.attempts;
  await complete(db, { task_id, attempt, result: { output, steps: [] }, usage: null });
}

/** Something that watchers of the task are told of. */
export async function change({ sql }: Database, task_id: string): Promise<void> {
  await sql`update tasks set attempts = attempts + 1 where id = ${task_id}`;
}
