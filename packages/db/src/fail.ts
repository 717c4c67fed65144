import type { TaskError } from '@millrace/contracts';
import { batchedVerb } from './batched-verb.ts';
import { type Attempt, answerByAttempt, firstOfEachAttempt } from './fence.ts';

export interface FailInput extends Attempt {
  readonly error: TaskError;
}

const RETRY_DELAY_MS_BASE = 1_000;
const RETRY_DELAY_MS_MAX = 60_000;

/**
 * Ends an attempt badly: PENDING again after a backoff (exponential, full jitter) if the error is retryable and
 * attempts are left, FAILED otherwise. Null if the attempt no longer owns the task: then nothing was written.
 */
export const fail = batchedVerb<FailInput, 'PENDING' | 'FAILED' | null>(async (db, inputs) => {
  const rows = firstOfEachAttempt(inputs).map((input) => ({
    ...input,
    retryable: input.error.retryable,
    jitter: Math.random(),
  }));
  const failed = await db.sql<{ id: string; attempts: number; status: 'PENDING' | 'FAILED' }[]>`
    with ended as (
      select tasks.id, tasks.attempts, tasks.executor, tasks.attempt_started_at, input.error,
        case when input.retryable and tasks.attempts - tasks.uncounted_attempts < tasks.max_attempts
          then now() + input.jitter * least(
            make_interval(secs => ${RETRY_DELAY_MS_MAX / 1000}),
            make_interval(secs => ${RETRY_DELAY_MS_BASE / 1000} * 2 ^ (tasks.attempts - tasks.uncounted_attempts - 1)))
        end as retry_at
      from json_to_recordset(${JSON.stringify(rows)}::json)
        as input(task_id uuid, attempt integer, error jsonb, retryable boolean, jitter double precision)
      join tasks on tasks.id = input.task_id and tasks.status = 'RUNNING' and tasks.attempts = input.attempt
      order by tasks.id for update of tasks
    ), recorded as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at, error)
      select id, attempts, 'FAILED', executor, attempt_started_at, now(), error from ended
    )
    update tasks set
      status = case when retry_at is null then 'FAILED' else 'PENDING' end::task_status,
      error = ended.error,
      run_at = coalesce(retry_at, tasks.run_at),
      due_at = retry_at,
      finished_at = case when retry_at is null then now() end
    from ended where tasks.id = ended.id
    returning tasks.id, tasks.attempts, tasks.status`;
  return answerByAttempt(inputs, failed).map((row) => row?.status ?? null);
});
