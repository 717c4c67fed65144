import type { TaskResult, Usage } from '@millrace/contracts';
import { batchedVerb } from './batched-verb.ts';
import { type Attempt, answerByAttempt, firstOfEachAttempt } from './fence.ts';

export interface CompleteInput extends Attempt {
  readonly result: TaskResult;
  readonly usage: Usage | null;
}

/** Ends an attempt well. False if the attempt no longer owns the task: then nothing was written. */
export const complete = batchedVerb<CompleteInput, boolean>('complete', async (db, inputs) => {
  const completed = await db.sql<{ id: string; attempts: number }[]>`
    with owned as (
      select tasks.id, input.result, input.usage
      from json_to_recordset(${JSON.stringify(firstOfEachAttempt(inputs))}::json)
        as input(task_id uuid, attempt integer, result jsonb, usage jsonb)
      join tasks on tasks.id = input.task_id and tasks.status = 'RUNNING' and tasks.attempts = input.attempt
      order by tasks.id for update of tasks
    )
    update tasks set
      status = 'COMPLETED', result = owned.result, usage = owned.usage, error = null,
      finished_at = now(), due_at = null
    from owned where tasks.id = owned.id
    returning tasks.id, tasks.attempts`;
  return answerByAttempt(inputs, completed).map((row) => row !== null);
});
