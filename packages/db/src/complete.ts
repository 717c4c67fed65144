import type { TaskResult, Usage } from '@millrace/contracts';
import { batchedVerb } from './batched-verb.ts';
import { type Attempt, answerByAttempt, firstOfEachAttempt } from './fence.ts';

export interface CompleteInput extends Attempt {
  readonly result: TaskResult;
  readonly usage: Usage | null;
}

/** Ends an attempt well. False if the attempt no longer owns the task: then nothing was written. */
export const complete = batchedVerb<CompleteInput, boolean>(async (db, inputs) => {
  const attempts = firstOfEachAttempt(inputs);
  // Taken one after another in the order of ids, as by every verb that holds several. Answered in one row, as in `claim`.
  attempts.sort((a, b) => (a.task_id < b.task_id ? -1 : 1));
  const [answer] = await db.sql<[{ written: { id: string; attempts: number }[] | null }]>`
    with completed as (
      update tasks set
        status = 'COMPLETED', result = input.result, usage = input.usage, error = null,
        finished_at = now(), due_at = null
      from json_to_recordset(${JSON.stringify(attempts)}::json)
        as input(task_id uuid, attempt integer, result jsonb, usage jsonb)
      where tasks.id = input.task_id and tasks.status = 'RUNNING' and tasks.attempts = input.attempt
      returning tasks.id, tasks.attempts
    )
    select case when count(*) < ${attempts.length} then coalesce(json_agg(completed), '[]') end as written from completed`;
  const written = answer.written ?? attempts.map(({ task_id: id, attempt }) => ({ id, attempts: attempt }));
  return answerByAttempt(inputs, written).map((row) => row !== null);
});
