import type { TaskResult, Usage } from '@millrace/contracts';
import { arrayLiteral } from '../batching/array-literal.ts';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Database } from '../connection/database.ts';
import { type Attempt, lockRunning } from './fence.ts';

export interface CompleteInput extends Attempt {
  readonly result: TaskResult;
  readonly usage: Usage | null;
}

/** Completes a task. False if the attempt no longer owned it and nothing was written. */
export const complete = batchedVerb<CompleteInput, boolean>('complete', completeTogether, {
  sizeOf: ({ result: { output, steps } }) =>
    steps.reduce((sum, step) => sum + step.output.length, output.length),
});

async function completeTogether(db: Database, batch: readonly CompleteInput[]): Promise<readonly boolean[]> {
  // One statement cannot write a row twice, and of several attempts of one task only the latest can own it.
  const byTask = new Map<string, CompleteInput>();
  for (const input of batch.toSorted((a, b) => b.attempt - a.attempt)) {
    if (!byTask.has(input.task_id)) byTask.set(input.task_id, input);
  }
  const inputs = [...byTask.values()];
  const ids = arrayLiteral([...byTask.keys()]);
  const attempts = arrayLiteral(inputs.map(({ attempt }) => attempt));
  const results = JSON.stringify(inputs.map(({ result }) => result));
  const usages = JSON.stringify(inputs.map(({ usage }) => usage));
  // One row for all: the driver takes longer to read a row than Postgres to write it.
  const [answer] = await db.sql<[{ ids: string[] | null }]>`
    with ${lockRunning(db, inputs, db.sql`id, attempts, array_position(${ids}::uuid[], id) as place`)},
    completed as (
      update tasks set
        status = 'COMPLETED', error = null, finished_at = now(), due_at = null,
        result = ${results}::jsonb -> running.place - 1,
        usage = nullif(${usages}::jsonb -> running.place - 1, 'null')
      from running where tasks.id = running.id and running.attempts = (${attempts}::integer[])[running.place]
      returning tasks.id
    ), counted as (
      insert into finished_counts (status, count)
      select 'COMPLETED', count(*) from completed having count(*) > 0
    )
    select case when count(*) < ${byTask.size} then coalesce(json_agg(id), '[]') end as ids from completed`;
  const written = new Set(answer.ids ?? byTask.keys());
  return batch.map((input) => byTask.get(input.task_id) === input && written.has(input.task_id));
}
