import { batchedVerb } from './batched-verb.ts';
import { type Attempt, answerByAttempt } from './fence.ts';

/**
 * Hands an attempt back at once, uncounted: its executor was stopped, which is nobody's failure. Others may claim the
 * task from now on. False if the attempt no longer owned it.
 */
export const release = batchedVerb<Attempt, boolean>('release', async (db, inputs) => {
  const released = await db.sql<{ id: string; attempts: number }[]>`
    with owned as (
      select tasks.id, tasks.attempts, tasks.executor, tasks.attempt_started_at
      from json_to_recordset(${JSON.stringify(inputs)}::json) as input(task_id uuid, attempt integer)
      join tasks on tasks.id = input.task_id and tasks.status = 'RUNNING' and tasks.attempts = input.attempt
      order by tasks.id for update of tasks
    ), recorded as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at)
      select id, attempts, 'RELEASED', executor, attempt_started_at, now() from owned
    )
    update tasks set status = 'PENDING', due_at = now(), uncounted_attempts = uncounted_attempts + 1
    from owned where tasks.id = owned.id
    returning tasks.id, tasks.attempts`;
  return answerByAttempt(inputs, released).map((row) => row !== null);
});
