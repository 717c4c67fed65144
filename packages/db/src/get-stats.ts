import { type Stats, TASK_STATUSES } from '@millrace/contracts';
import type { Database } from './database.ts';

const WINDOW_SECONDS = 60;

/** Takes as long as the backlog and the last minute are large, however many tasks finished before: callers cache it. */
export async function getStats(db: Database): Promise<Stats> {
  const [{ counts, oldest_pending_age_ms }, { count, latencies }] = await Promise.all([
    countTasks(db),
    readLastMinute(db),
  ]);
  const [p50 = null, p95 = null, p99 = null] = latencies.map((value) => value && Math.max(0, round(value)));
  return {
    counts: Object.fromEntries(
      TASK_STATUSES.map((status) => [status, counts?.[status] ?? 0]),
    ) as Stats['counts'],
    oldest_pending_age_ms: oldest_pending_age_ms === null ? null : round(oldest_pending_age_ms),
    last_minute: {
      finished: count,
      per_second: round(count / WINDOW_SECONDS),
      latency_ms: { p50, p95, p99 },
    },
  };
}

/** In one statement, so that a task which ends at that moment is counted once. */
async function countTasks({ sql }: Database) {
  const [row] = await sql<
    [{ counts: Partial<Stats['counts']> | null; oldest_pending_age_ms: number | null }]
  >`
    with unfinished as (
      select status, count(*) as count,
        min(created_at) filter (where status = 'PENDING' and run_at <= now()) as oldest
      from tasks where due_at is not null group by status
    ), counts as (
      select status, count from unfinished
      union all
      select status, sum(count) from finished_counts group by status
    )
    select (select json_object_agg(status, count) from counts) as counts,
      (select extract(epoch from now() - min(oldest)) * 1000 from unfinished)::float8 as oldest_pending_age_ms`;
  return row;
}

async function readLastMinute({ sql }: Database) {
  const [row] = await sql<[{ count: number; latencies: (number | null)[] }]>`
    select count(*)::integer as count,
      to_json(percentile_cont(array[0.5, 0.95, 0.99]) within group (
        order by extract(epoch from finished_at - created_at) * 1000)) as latencies
    from tasks where finished_at >= now() - make_interval(secs => ${WINDOW_SECONDS})`;
  return { count: row.count, latencies: row.latencies ?? [] };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
