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
export const complete = batchedVerb<CompleteInput, boolean>('complete', async (db, inputs) => {
  const written = new Set<CompleteInput>();
  for (let rest = inputs; rest.length > 0; ) {
    // A batch may hold several attempts of one task, and one statement cannot write the same row twice.
    const byTask = new Map<string, CompleteInput>();
    for (const input of rest) if (!byTask.has(input.task_id)) byTask.set(input.task_id, input);
    for (const input of await completeTasks(db, byTask)) written.add(input);
    rest = byTask.size === rest.length ? [] : rest.filter((input) => byTask.get(input.task_id) !== input);
  }
  return inputs.map((input) => written.has(input));
});

/** @returns the inputs that were written */
async function completeTasks(
  db: Database,
  byTask: ReadonlyMap<string, CompleteInput>,
): Promise<readonly CompleteInput[]> {
  const inputs = [...byTask.values()];
  const ids = arrayLiteral([...byTask.keys()]);
  const attempts = arrayLiteral(inputs.map(({ attempt }) => attempt));
  const results = JSON.stringify(inputs.map(({ result }) => result));
  const usages = JSON.stringify(inputs.map(({ usage }) => usage));
  const { sql } = db;
  // One row for all: the driver takes longer to read a row than Postgres to write it.
  const [answer] = await sql<[{ ids: string[] | null }]>`
    with ${lockRunning(db, inputs, sql`id, attempts, array_position(${ids}::uuid[], id) as place`)},
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
  return answer.ids?.map((id) => byTask.get(id)!) ?? inputs;
}
