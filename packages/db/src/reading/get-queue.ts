import { DUE_FIRST, LOST_QUEUE, QUEUE_OF_TASK } from '../claiming/queue-of.ts';
import type { Database } from '../connection/database.ts';

/** The tasks that are not finished. */
export interface Queue {
  readonly pending: number;
  readonly running: number;
  /** How long the longest-waiting task has been due; null if none is due. */
  readonly oldest_pending_seconds: number | null;
}

/**
 * Reads only the index of unfinished tasks, so its cost depends on the backlog, not on how many have
 * finished. Queue by queue, which gives the planner no reason to scan the whole table, even before the first
 * ANALYZE.
 */
export async function getQueue({ sql, query }: Database): Promise<Queue> {
  const queueOfTask = sql.unsafe(QUEUE_OF_TASK);
  const [row] = await query<[Queue]>`
    with queues as (
      select unfinished.count, oldest.due_at
      from generate_series(0, ${LOST_QUEUE}::integer) as each(queue)
      cross join lateral (
        select count(*) as count from tasks where ${queueOfTask} = each.queue and due_at > '-infinity'
      ) as unfinished
      left join lateral (
        select due_at from tasks
        where ${queueOfTask} = each.queue and due_at <= now() and status = 'PENDING' order by ${sql.unsafe(DUE_FIRST)} limit 1
      ) as oldest on true
    ), running as (
      select count(*) as count from tasks
      where ${queueOfTask} = ${LOST_QUEUE} and due_at > '-infinity' and status = 'RUNNING'
    )
    select (sum(queues.count) - running.count)::integer as pending, running.count::integer as running,
      extract(epoch from now() - min(queues.due_at))::float8 as oldest_pending_seconds
    from queues cross join running group by running.count`;
  return row;
}
