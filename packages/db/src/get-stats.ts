import { type Stats, TASK_STATUSES } from '@millrace/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { tasks } from './schema.ts';

const WINDOW_SECONDS = 60;

/** Reads the whole table once for the counts: callers cache it. */
export async function getStats(db: Database): Promise<Stats> {
  const [counts, pending, finished] = await Promise.all([
    db.orm.select({ status: tasks.status, count: sql<string>`count(*)` }).from(tasks).groupBy(tasks.status),
    db.orm
      .select({ age_ms: sql<string | null>`extract(epoch from now() - min(${tasks.created_at})) * 1000` })
      .from(tasks)
      .where(sql`${tasks.due_at} is not null and ${tasks.status} = 'PENDING' and ${tasks.run_at} <= now()`),
    db.orm
      .select({
        count: sql<string>`count(*)`,
        latencies: sql<(number | null)[] | null>`
          to_json(percentile_cont(array[0.5, 0.95, 0.99]) within group (
            order by extract(epoch from ${tasks.finished_at} - ${tasks.created_at}) * 1000))`,
      })
      .from(tasks)
      .where(sql`${tasks.finished_at} >= now() - make_interval(secs => ${WINDOW_SECONDS})`),
  ]);
  const countOf = new Map(counts.map(({ status, count }) => [status, Number(count)]));
  const age = pending[0]?.age_ms;
  const count = Number(finished[0]?.count ?? 0);
  const latencies = (finished[0]?.latencies ?? []) as (number | null)[];
  const [p50 = null, p95 = null, p99 = null] = latencies.map((value) => value && Math.max(0, round(value)));
  return {
    counts: Object.fromEntries(
      TASK_STATUSES.map((status) => [status, countOf.get(status) ?? 0]),
    ) as Stats['counts'],
    oldest_pending_age_ms: age == null ? null : round(Number(age)),
    last_minute: {
      finished: count,
      per_second: round(count / WINDOW_SECONDS),
      latency_ms: { p50, p95, p99 },
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
