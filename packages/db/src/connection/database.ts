import type { Logger } from '@millrace/contracts';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { DatabaseObserver } from './observer.ts';
import { readTls } from './tls.ts';

/** What every verb takes as its first argument. */
export interface Database {
  /** Hot statements, as SQL. Drizzle has switched its parsers off: times arrive as text, JSON goes in as text. */
  readonly sql: postgres.Sql;
  /** Everything else, as drizzle queries over the same pool. */
  readonly orm: PostgresJsDatabase;
  readonly observer: DatabaseObserver | undefined;
  /** Runs `use` with a connection that is made for it, as `sql` is: all of the pool's may have gone silent. */
  apart<Result>(use: (sql: postgres.Sql) => Promise<Result>): Promise<Result>;
  /** Lets statements under way end (for up to 5 s), then closes the pool. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** With `sslmode` and `sslrootcert` for TLS. */
  readonly url: string;
  /** Connections are opened when first needed. */
  readonly maxConnections: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly logger?: Logger;
  readonly observer?: DatabaseObserver | undefined;
}

const STATEMENT_TIMEOUT_MS = 15_000;
/** A process that freezes in the middle of a transaction holds its locks no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
const RECONNECT_DELAY_SECONDS_MAX = 2;

/**
 * A prepared statement keeps the plan that it was first given, and before the first ANALYZE that one reads the whole table: right
 * while it is empty, and slower with every row. What is left by these are nested loops that look each row up, and walks of an index in
 * its order. Their plans hold for any values, so each statement is planned once on a connection: to plan it anew for each execution, which
 * Postgres prefers while it believes that the values might matter, takes longer than to execute it. Before version 18, what is off but
 * cannot be avoided looks so expensive that Postgres would compile it first, which takes a tenth of a second.
 */
const KNOWN_PLANS = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_material: 'off',
  enable_sort: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
};

/** Makes no connection yet: with Postgres down this succeeds, and the verbs reject until it is back. */
export function openDatabase({
  url,
  maxConnections,
  applicationName,
  logger,
  observer,
}: DatabaseOptions): Database {
  const { address, ssl } = readTls(url);
  const options = {
    ssl,
    connect_timeout: 5,
    // A connection cut off while it fetched them would end the process; lists travel as text.
    fetch_types: false,
    // Spread: all connections of all processes are lost at the same moment.
    backoff: (attempt: number) =>
      Math.min(0.2 * 2 ** attempt, RECONNECT_DELAY_SECONDS_MAX) * (0.5 + Math.random() / 2),
    onnotice: (notice: postgres.Notice) => logger?.debug({ notice: notice.message }, 'postgres notice'),
    connection: {
      application_name: applicationName,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      TimeZone: 'UTC',
      ...KNOWN_PLANS,
    },
  };
  const connect = (max: number) => {
    const sql = postgres(address, { ...options, max });
    return { sql, orm: drizzle(sql) };
  };
  const { sql, orm } = connect(maxConnections);
  return {
    sql,
    orm,
    observer,
    async apart(use) {
      const { sql: own } = connect(1);
      try {
        return await use(own);
      } finally {
        await own.end({ timeout: 1 });
      }
    },
    close: () => sql.end({ timeout: 5 }),
  };
}
