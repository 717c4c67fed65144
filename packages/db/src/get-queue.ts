import type { Database } from './database.ts';

/** The tasks that are not finished. */
export interface Queue {
  readonly pending: number;
  readonly running: number;
  /** For how long the task that waits longest has been due; null if none is. */
  readonly oldest_pending_seconds: number | null;
}

/**
 * Reads indexes of unfinished tasks only: it takes as long as the backlog is large, however many have finished. Lane by lane, which
 * leaves the planner no reason to read the whole table, even before that was analysed.
 */
export async function getQueue({ sql }: Database): Promise<Queue> {
  // Planned anew each time: a plan that was made for an empty table would go on reading all of it.
  const [row] = await sql<Queue[]>`
    with lanes as (
      select unfinished.count, oldest.due_at
      from generate_series(0, 2) as each(lane)
      cross join lateral (
        select count(*) as count from tasks where tasks.lane = each.lane and due_at > '-infinity'
      ) as unfinished
      left join lateral (
        select due_at from tasks
        where tasks.lane = each.lane and due_at <= now() and status = 'PENDING' order by due_at limit 1
      ) as oldest on true
    ), running as (
      select count(*) as count from tasks where due_at is not null and status = 'RUNNING'
    )
    select (sum(lanes.count) - running.count)::integer as pending, running.count::integer as running,
      extract(epoch from now() - min(lanes.due_at))::float8 as oldest_pending_seconds
    from lanes cross join running group by running.count`.simple();
  return row!;
}
