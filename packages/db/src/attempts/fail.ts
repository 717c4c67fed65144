import type { TaskError, Usage } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import { type Attempt, answerByAttempt, lockRunning } from './fence.ts';

export interface FailInput extends Attempt {
  readonly error: TaskError;
  /** Minimum delay before a retry, as the provider asked; at most an hour. */
  readonly retry_after_ms?: number | null;
  /** Usage of the current run so far; kept with the task. */
  readonly usage?: Usage | null;
}

const RETRY_DELAY_MS_BASE = 1_000;
const RETRY_DELAY_MS_MAX = 60_000;
const RETRY_AFTER_MS_MAX = 3_600_000;

/**
 * Ends a failed attempt: the task is PENDING again, with exponential backoff and full jitter, if the error is
 * retryable and attempts are left; otherwise FAILED. Null if the attempt no longer owned the task and nothing
 * was written.
 */
export const fail = batchedVerb<FailInput, 'PENDING' | 'FAILED' | null>('fail', async (db, inputs) => {
  const failed = await db.sql<{ id: string; attempts: number; status: 'PENDING' | 'FAILED' }[]>`
    with ${lockRunning(db, inputs, db.sql`id, attempts, uncounted_attempts, max_attempts, executor, attempt_started_at`)},
    ended as (
      select running.id, running.attempts, running.executor, running.attempt_started_at, input.error, input.usage,
        case when (input.error ->> 'retryable')::boolean
            and running.attempts - running.uncounted_attempts < running.max_attempts
          then now() + make_interval(secs => least(coalesce(input.retry_after_ms, 0), ${RETRY_AFTER_MS_MAX}) / 1000)
            + random() * least(make_interval(secs => ${RETRY_DELAY_MS_MAX / 1000}),
              make_interval(secs => ${RETRY_DELAY_MS_BASE / 1000} * 2 ^ (running.attempts - running.uncounted_attempts - 1)))
        end as retry_at
      from json_to_recordset(${JSON.stringify(inputs)}::json)
        as input(task_id uuid, attempt integer, error jsonb, retry_after_ms double precision, usage jsonb)
      join running on running.id = input.task_id and running.attempts = input.attempt
    ), recorded as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at, error)
      select id, attempts, 'FAILED', executor, attempt_started_at, now(), error from ended
    ), counted as (
      insert into finished_counts (status, count)
      select 'FAILED', count(*) from ended where retry_at is null having count(*) > 0
    )
    update tasks set
      status = case when retry_at is null then 'FAILED' else 'PENDING' end::task_status,
      error = ended.error,
      usage = coalesce(ended.usage, tasks.usage),
      run_at = coalesce(retry_at, tasks.run_at),
      due_at = retry_at,
      finished_at = case when retry_at is null then now() end
    from ended where tasks.id = ended.id
    returning tasks.id, tasks.attempts, tasks.status`;
  return answerByAttempt(inputs, failed).map((row) => row?.status ?? null);
});
