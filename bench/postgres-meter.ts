import type { SQL } from 'bun';

/**
 * A statement outside of a transaction counts as a transaction; `commits` are those that wrote. `fullPages` are images after a
 * checkpoint, and included in the bytes.
 */
const KEYS = ['transactions', 'commits', 'walSyncs', 'walRecords', 'walBytes', 'fullPages'] as const;

/** The work of a server, from its statistics. */
export type PostgresWork = Readonly<Record<(typeof KEYS)[number], number>>;

/** A connection reports its statistics only once it has been idle for 10 s. */
const FLUSH_MS = 11_000;
const IDLE_MS = 5_000;

/** Counts what `work` makes the server do, less what it does in the same time when idle. */
export async function meterPostgres<T>(
  sql: SQL,
  work: () => Promise<T>,
): Promise<{ value: T; work: PostgresWork }> {
  await Bun.sleep(FLUSH_MS);
  const idle = await read(sql);
  await Bun.sleep(IDLE_MS);
  const before = await read(sql);
  const value = await work();
  await Bun.sleep(FLUSH_MS);
  const after = await read(sql);
  const idleShare = (after.at - before.at) / (before.at - idle.at);
  const counted = (key: keyof PostgresWork) =>
    Math.max(0, after[key] - before[key] - (before[key] - idle[key]) * idleShare);
  const counts = KEYS.map((key) => [key, counted(key)]);
  return { value, work: Object.fromEntries(counts) };
}

async function read(sql: SQL): Promise<PostgresWork & { at: number }> {
  const [row] = await sql`
    select
      (select xact_commit + xact_rollback from pg_stat_database where datname = current_database())::float8 as transactions,
      pg_snapshot_xmax(pg_current_snapshot())::text::float8 as commits,
      (select sum(fsyncs) from pg_stat_io where object = 'wal')::float8 as "walSyncs",
      wal_records::float8 as "walRecords", wal_bytes::float8 as "walBytes", wal_fpi::float8 as "fullPages"
    from pg_stat_wal`;
  return { ...row, at: performance.now() };
}
