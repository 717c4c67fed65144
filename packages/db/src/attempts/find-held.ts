import { LOST_QUEUE, QUEUE_OF_TASK } from '../claiming/queue-of.ts';
import type { Database } from '../connection/database.ts';
import { observed } from '../connection/observer.ts';
import type { Attempt } from './fence.ts';

export interface FindHeldInput {
  readonly executor: string;
  /** Skips younger claims: their reply may still be on its way. */
  readonly older_than_ms: number;
  /** Skips older claims: a previous process of the same name made them, and they were lost with it. */
  readonly younger_than_ms: number;
}

/**
 * What an executor holds as Postgres sees it: also claims that the executor never learned of, because the
 * reply was lost with its connection.
 */
export async function findHeld(
  db: Database,
  { executor, older_than_ms, younger_than_ms }: FindHeldInput,
): Promise<Attempt[]> {
  const held = db.query<Attempt[]>`
    select id as task_id, attempts as attempt from tasks
    where ${db.sql.unsafe(QUEUE_OF_TASK)} = ${LOST_QUEUE} and due_at > '-infinity' and status = 'RUNNING'
      and executor = ${executor} and attempt_started_at < now() - make_interval(secs => ${older_than_ms / 1000})
      and attempt_started_at > now() - make_interval(secs => ${younger_than_ms / 1000})`;
  return observed(db, 'find_held', held);
}
