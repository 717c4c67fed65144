import type { TaskError } from '@millrace/contracts';
import { arrayLiteral } from '../batching/array-literal.ts';
import type { Database } from '../connection/database.ts';

/** The error of an attempt whose executor died or fell silent, and of a task that ran out of attempts that way. */
export const EXECUTOR_LOST: TaskError = {
  code: 'executor_lost',
  message: 'The executor died or stopped renewing its lease while it ran this attempt.',
  retryable: true,
};

/** A common table expression, after `wanted`: of the rows about to be taken, those still RUNNING have lost that attempt. */
export function recordLost({ sql }: Database) {
  return sql`lost as (
    insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at, error)
    select id, attempts, 'LOST', executor, attempt_started_at, now(), ${JSON.stringify(EXECUTOR_LOST)}::jsonb
    from wanted where status = 'RUNNING'
  )`;
}

/** What the caller runs itself is not lost: Postgres may have been away, or frozen with this statement, for a lease. */
export function notRunningHere({ sql }: Database, running: readonly string[] = []) {
  return sql`(tasks.status = 'PENDING' or tasks.id <> all(${arrayLiteral(running)}::uuid[]))`;
}

/**
 * A task is on its last chance when an executor was lost while running it and one attempt is left. Since the
 * task may be what kills executors, each executor runs only one such task at a time, so that a killer takes
 * no innocent ones with it. A RUNNING row that is due has just been lost.
 */
export function onLastChance({ sql }: Database) {
  return sql`(tasks.lost_attempts + (tasks.status = 'RUNNING')::integer > 0
    and tasks.attempts - tasks.uncounted_attempts = tasks.max_attempts - 1)`;
}
