import type { Attempt } from '../attempts/fence.ts';
import type { Database } from '../connection/database.ts';
import { observed } from '../connection/observer.ts';
import { LOST_QUEUE, QUEUE_OF_TASK } from './queue-of.ts';

export interface ReleaseUnknownInput {
  readonly executor: string;
  /** Every attempt that this executor is running. */
  readonly known: readonly Attempt[];
  /** Skips younger claims: their reply may still be on its way. */
  readonly older_than_ms: number;
  /** Skips older claims: a previous process of the same name made them, and they were lost with it. */
  readonly younger_than_ms: number;
}

/**
 * Hands back claims that the executor never learned of, because the reply was lost with its connection. Those
 * attempts do not count, since nothing was run.
 *
 * @returns how many were handed back
 */
export async function releaseUnknown(
  db: Database,
  { executor, known, older_than_ms, younger_than_ms }: ReleaseUnknownInput,
): Promise<number> {
  const released = db.query<[{ count: number }]>`
    with held as (
      select task_id, attempt from json_to_recordset(${JSON.stringify(known)}::json)
        as input(task_id uuid, attempt integer)
    ), unknown as (
      select id, attempts, attempt_started_at from tasks
      where ${db.sql.unsafe(QUEUE_OF_TASK)} = ${LOST_QUEUE} and due_at > '-infinity' and status = 'RUNNING'
        and executor = ${executor} and attempt_started_at < now() - make_interval(secs => ${older_than_ms / 1000})
        and attempt_started_at > now() - make_interval(secs => ${younger_than_ms / 1000})
        and not exists (select from held where held.task_id = tasks.id and held.attempt = tasks.attempts)
      for update skip locked
    ), recorded as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at)
      select id, attempts, 'RELEASED', ${executor}, attempt_started_at, now() from unknown
    ), released as (
      update tasks set status = 'PENDING', due_at = now(), uncounted_attempts = uncounted_attempts + 1
      from unknown where tasks.id = unknown.id
      returning tasks.id
    )
    select count(*)::integer as count from released`;
  const [{ count }] = await observed(db, 'release_unknown', released);
  return count;
}
