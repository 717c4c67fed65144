import type { SQL } from 'bun';

/** The work of a server, from its statistics. */
export interface PostgresWork {
  /** A statement outside of a transaction counts as one. */
  readonly transactions: number;
  /** Those of them that wrote. */
  readonly commits: number;
  readonly walSyncs: number;
  readonly walRecords: number;
  readonly walBytes: number;
  /** Full-page images after a checkpoint; included in the bytes. */
  readonly fullPages: number;
}

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
  const count = (key: keyof PostgresWork) =>
    Math.max(0, after[key] - before[key] - (before[key] - idle[key]) * idleShare);
  return {
    value,
    work: {
      transactions: count('transactions'),
      commits: count('commits'),
      walSyncs: count('walSyncs'),
      walRecords: count('walRecords'),
      walBytes: count('walBytes'),
      fullPages: count('fullPages'),
    },
  };
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
