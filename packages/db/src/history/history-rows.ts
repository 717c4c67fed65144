import type postgres from 'postgres';
import type { Database } from '../connection/database.ts';

/**
 * Every attempt of a task so far, as rows to select from: finished ones, and the one that is running or
 * completed the task.
 *
 * @param task an expression for its id, here and below
 */
export function attemptRows({ sql }: Database, task: postgres.Fragment): postgres.Fragment {
  return sql`(
    select attempt, outcome::text as status, executor, started_at, ended_at, error, result
    from task_attempts where task_id = ${task}
    union all
    select attempts, status::text, executor, attempt_started_at, finished_at, null::jsonb, result
    from tasks where id = ${task} and status in ('RUNNING', 'COMPLETED')
  )`;
}

/** The checkpoints of a task, as rows to select from. */
export function checkpointRows({ sql }: Database, task: postgres.Fragment): postgres.Fragment {
  return sql`(
    select seq, attempt, kind::text as kind, name, arguments, output, tool_calls, tool_call_id, error, finish_reason, usage,
      started_at, ended_at
    from task_steps where task_id = ${task}
  )`;
}

/**
 * The results of a task's attempts, each with the number of its steps and of all steps before it. Counts the
 * steps without carrying them along.
 */
export function resultRows(db: Database, task: postgres.Fragment): postgres.Fragment {
  return db.sql`(
    select *, coalesce(sum(steps) over (order by attempt rows between unbounded preceding and 1 preceding), 0)::integer as steps_before
    from (
      select attempt, started_at, ended_at, result, coalesce(jsonb_array_length(result -> 'steps'), 0) as steps
      from ${attemptRows(db, task)} as attempts where result is not null offset 0
    ) as counted
  )`;
}

/**
 * The steps in results, as rows like those of checkpoints, since single-step models write no checkpoint.
 * Numbered across all attempts.
 *
 * @param which a condition on `results` and on `place`, the step's 1-based position in its result
 */
export function resultStepRows(
  db: Database,
  task: postgres.Fragment,
  which: postgres.Fragment,
): postgres.Fragment {
  return db.sql`(
    select steps_before + place::integer as seq, attempt, step ->> 'kind' as kind, step ->> 'name' as name,
      step -> 'arguments' as arguments, step ->> 'output' as output, '[]'::jsonb as tool_calls, null::text as tool_call_id,
      null::jsonb as error, null::text as finish_reason, null::jsonb as usage, started_at,
      coalesce(ended_at, started_at) as ended_at
    from ${resultRows(db, task)} as results
    cross join lateral jsonb_array_elements(result -> 'steps') with ordinality as element (step, place)
    where ${which}
  )`;
}

/** Size of a step row, in bytes. */
export function stepBytes({ sql }: Database): postgres.Fragment {
  return sql`octet_length(output) + octet_length(arguments::text) + octet_length(tool_calls::text)
    + coalesce(octet_length(error::text), 0)`;
}
