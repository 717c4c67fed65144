import { type Stats, TASK_STATUSES } from '@millrace/contracts';
import { and, eq, sql } from 'drizzle-orm';
import type { Caller } from './caller.ts';
import type { Database } from './database.ts';
import { tasks } from './schema.ts';

const WINDOW_SECONDS = 60;

/** Reads, for the counts, the whole table once, or the indexes of what one owner has: callers cache it. */
export async function getStats(db: Database, { sees }: Caller): Promise<Stats> {
  const seen = sees === null ? undefined : eq(tasks.owner, sees);
  const [counts, pending, finished] = await Promise.all([
    sees === null ? countAll(db) : countOwned(db, sees),
    db.orm
      .select({ age_ms: sql<string | null>`extract(epoch from now() - min(${tasks.created_at})) * 1000` })
      .from(tasks)
      .where(
        and(
          seen,
          sql`${tasks.due_at} is not null and ${tasks.status} = 'PENDING' and ${tasks.run_at} <= now()`,
        ),
      ),
    db.orm
      .select({
        count: sql<string>`count(*)`,
        latencies: sql<(number | null)[] | null>`
          to_json(percentile_cont(array[0.5, 0.95, 0.99]) within group (
            order by extract(epoch from ${tasks.finished_at} - ${tasks.created_at}) * 1000))`,
      })
      .from(tasks)
      .where(and(seen, sql`${tasks.finished_at} >= now() - make_interval(secs => ${WINDOW_SECONDS})`)),
  ]);
  const age = pending[0]?.age_ms;
  const count = Number(finished[0]?.count ?? 0);
  const latencies = (finished[0]?.latencies ?? []) as (number | null)[];
  const [p50 = null, p95 = null, p99 = null] = latencies.map((value) => value && Math.max(0, round(value)));
  return {
    counts: Object.fromEntries(
      TASK_STATUSES.map((status) => [status, counts.get(status) ?? 0]),
    ) as Stats['counts'],
    oldest_pending_age_ms: age == null ? null : round(Number(age)),
    last_minute: {
      finished: count,
      per_second: round(count / WINDOW_SECONDS),
      latency_ms: { p50, p95, p99 },
    },
  };
}

type Counts = Map<string, number>;

async function countAll(db: Database): Promise<Counts> {
  const rows = await db.orm
    .select({ status: tasks.status, count: sql<string>`count(*)` })
    .from(tasks)
    .groupBy(tasks.status);
  return new Map(rows.map(({ status, count }) => [status, Number(count)]));
}

/** Each part is answered by an index: COMPLETED, which none has, is what the others leave of the whole. */
async function countOwned(db: Database, owner: string): Promise<Counts> {
  const rows = await db.sql<{ status: string; count: string }[]>`
    with others as (
      select status::text, count(*) from tasks
      where owner = ${owner} and status in ('PENDING', 'RUNNING', 'FAILED', 'CANCELLED')
      group by status
    )
    select * from others
    union all
    select 'COMPLETED', count(*) - (select coalesce(sum(count), 0) from others) from tasks where owner = ${owner}`;
  return new Map(rows.map(({ status, count }) => [status, Number(count)]));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
