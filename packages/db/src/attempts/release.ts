import type postgres from 'postgres';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Database } from '../connection/database.ts';
import { type Attempt, answerByAttempt, lockRunning } from './fence.ts';

/**
 * Hands a task back, for others to claim at once; the attempt does not count, since its executor was merely
 * stopped. False if the attempt no longer owned it.
 */
export const release = batchedVerb<Attempt, boolean>('release', (db, inputs) =>
  releaseAll(db, inputs, db.sql``),
);

/** The same, but false at once for a task that another session has locked: it holds up no others. */
export const tryRelease = batchedVerb<Attempt, boolean>('release', (db, inputs) =>
  releaseAll(db, inputs, db.sql`skip locked`),
);

async function releaseAll(
  db: Database,
  inputs: readonly Attempt[],
  whenLocked: postgres.PendingQuery<postgres.Row[]>,
): Promise<boolean[]> {
  const released = await db.sql<{ id: string; attempts: number }[]>`
    with ${lockRunning(db, inputs, db.sql`id, attempts, executor, attempt_started_at`, whenLocked)},
    owned as (
      select running.* from json_to_recordset(${JSON.stringify(inputs)}::json)
        as input(task_id uuid, attempt integer)
      join running on running.id = input.task_id and running.attempts = input.attempt
    ), recorded as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at)
      select id, attempts, 'RELEASED', executor, attempt_started_at, now() from owned
    )
    update tasks set status = 'PENDING', due_at = now(), uncounted_attempts = uncounted_attempts + 1
    from owned where tasks.id = owned.id
    returning tasks.id, tasks.attempts`;
  return answerByAttempt(inputs, released).map((row) => row !== null);
}
