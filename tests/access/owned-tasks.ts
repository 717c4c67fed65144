import { checkpoint, claim, complete, type Database, fail, submit } from '@millrace/db';
import { newStep } from '../db/new-step.ts';
import { newTask } from '../db/new-task.ts';

/** Part of everything that only the owner may see. */
export const SECRET = 'mulberry';

const STATES = ['completed', 'failed', 'running', 'pending'] as const;
export type OwnedTasks = Record<(typeof STATES)[number], string>;

/** A task in each state, made by the verbs that executors use. */
export async function makeOwnedTasks(db: Database, owner: string): Promise<OwnedTasks> {
  const tasks = {} as OwnedTasks;
  for (const state of STATES) {
    const { id } = await submit(
      db,
      newTask({ owner, prompt: `${SECRET} ${state}`, metadata: { what: SECRET } }),
    );
    tasks[state] = id;
    if (state !== 'pending') await claim(db, { task_id: id, executor: SECRET, lease_ms: 600_000 });
  }
  await checkpoint(db, { task_id: tasks.running, attempt: 1, step: newStep(1, { output: SECRET }) });
  const step = { kind: 'tool', name: 'calculator', arguments: {}, output: SECRET } as const;
  const result = { output: SECRET, steps: [step] };
  await complete(db, { task_id: tasks.completed, attempt: 1, result, usage: null });
  const error = { code: SECRET, message: SECRET, retryable: false };
  await fail(db, { task_id: tasks.failed, attempt: 1, error });
  return tasks;
}

/** Everything stored of an owner's tasks: equal before and after means nothing changed. */
export async function storedOf(db: Database, owner: string): Promise<string> {
  const rows = await db.sql`
    select tasks::text as task, (select count(*) from task_attempts where task_id = tasks.id) as attempts
    from tasks where owner = ${owner} order by id`;
  return JSON.stringify(rows);
}
