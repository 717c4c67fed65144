import { type Stats, TASK_STATUSES } from '@millrace/contracts';
import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';

const WINDOW_SECONDS = 60;

type Counts = Partial<Stats['counts']> | null;

/**
 * The cost depends on the backlog and the last minute, not on how many tasks finished before; for one owner,
 * on how many tasks it has. Callers cache the result.
 */
export async function getStats(db: Database, caller: Caller): Promise<Stats> {
  const { counts, oldest_pending_age_ms } = await (caller.sees === null
    ? countAll(db)
    : countOwned(db, caller.sees));
  // One after the other: few connections are reserved for slow statements.
  const { count, latencies } = await readLastMinute(db, caller);
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

/** In one statement, so that a task ending at that moment is counted once. */
async function countAll({ query }: Database) {
  const [row] = await query<[{ counts: Counts; oldest_pending_age_ms: number | null }]>`
    with unfinished as (
      select status, count(*) as count,
        min(run_at) filter (where status = 'PENDING' and run_at <= now()) as oldest
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

/** Each part uses an index: COMPLETED, which has none of its own, is the total minus the others. */
async function countOwned({ query }: Database, owner: string) {
  const [row] = await query<[{ counts: Counts; oldest_pending_age_ms: number | null }]>`
    with others as (
      select status::text, count(*),
        min(run_at) filter (where status = 'PENDING' and run_at <= now()) as oldest
      from tasks where owner = ${owner} and status in ('PENDING', 'RUNNING', 'FAILED', 'CANCELLED')
      group by status
    ), counts as (
      select status, count from others
      union all
      select 'COMPLETED', count(*) - (select coalesce(sum(count), 0) from others) from tasks where owner = ${owner}
    )
    select (select json_object_agg(status, count) from counts) as counts,
      (select extract(epoch from now() - min(oldest)) * 1000 from others)::float8 as oldest_pending_age_ms`;
  return row;
}

async function readLastMinute(db: Database, caller: Caller) {
  const [row] = await db.query<[{ count: number; latencies: (number | null)[] }]>`
    select count(*)::integer as count,
      to_json(percentile_cont(array[0.5, 0.95, 0.99]) within group (
        order by extract(epoch from finished_at - created_at) * 1000) filter (where earlier_attempts = 0)) as latencies
    from tasks where finished_at >= now() - make_interval(secs => ${WINDOW_SECONDS}) and ${isSeen(db, caller)}`;
  return { count: row.count, latencies: row.latencies ?? [] };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
