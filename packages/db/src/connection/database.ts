import type { Logger } from '@millrace/contracts';
import postgres from 'postgres';
import { answeredInTime } from './deadline.ts';
import type { DatabaseObserver } from './observer.ts';
import { toTimestamp } from './timestamp.ts';
import { readTls } from './tls.ts';

/** What every verb takes as its first argument. */
export interface Database {
  /** For parts of statements, and for those whose caller sets a deadline. Times are read as RFC 3339; JSON is written as text. */
  readonly sql: postgres.Sql;
  /** Executes a statement; rejects with NoAnswerError if it is not answered in time. */
  query<Rows extends readonly (object | undefined)[] = postgres.Row[]>(
    template: TemplateStringsArray,
    ...parameters: readonly postgres.ParameterOrFragment<never>[]
  ): Promise<postgres.RowList<Rows>>;
  /** Runs `use` in a transaction, with the same deadline for all of it. */
  transaction<Result>(use: (sql: postgres.ISql) => Promise<Result>): Promise<Result>;
  readonly observer: DatabaseObserver | undefined;
  /** Runs `use` with a new connection like those of `sql`, all of which may have gone silent. */
  apart<Result>(use: (sql: postgres.Sql) => Promise<Result>): Promise<Result>;
  /** Waits up to 5 s for statements in flight, then closes the pool. */
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
/** A process frozen in mid-transaction holds its locks no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
const RECONNECT_DELAY_SECONDS_MAX = 2;

/** By their OIDs in pg_type: JSON and times are written as the text they are given as, and times read as RFC 3339. */
const TYPES = {
  json: { to: 114, from: [114, 3802], serialize: asText, parse: JSON.parse },
  timestamptz: { to: 1184, from: [1184], serialize: asText, parse: toTimestamp },
};

/** Statements and `toTimestamp` rely on these; a database or a role may have others. */
const ASSUMED_DEFAULTS = {
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  default_transaction_isolation: 'read committed',
} as const;

/**
 * A prepared statement keeps its first plan, and before the first ANALYZE that is a scan of the whole table:
 * right while it is empty, and slower with every row. These settings leave only nested loops that look up
 * each row, and index walks in index order. Such plans suit any values, so each statement is planned once per
 * connection: replanning for each execution, which Postgres prefers while it believes that values matter,
 * takes longer than executing. `jit`: before version 18, a disabled node that cannot be avoided looks so
 * expensive that Postgres would compile the plan, which takes a tenth of a second.
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

/** Opens no connection yet: with Postgres down this succeeds, and verbs reject until it is back. */
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
    types: TYPES,
    connect_timeout: 5,
    // A connection cut while fetching them would end the process; arrays are sent as text instead.
    fetch_types: false,
    // Jittered: all connections of all processes are lost at the same moment.
    backoff: (attempt: number) =>
      Math.min(0.2 * 2 ** attempt, RECONNECT_DELAY_SECONDS_MAX) * (0.5 + Math.random() / 2),
    onnotice: (notice: postgres.Notice) => logger?.debug({ notice: notice.message }, 'postgres notice'),
    connection: {
      application_name: applicationName,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      ...ASSUMED_DEFAULTS,
      ...KNOWN_PLANS,
    },
  };
  const connect = (max: number): postgres.Sql => postgres(address, { ...options, max });
  const sql = connect(maxConnections);
  return {
    sql,
    query: (template, ...parameters) => answeredInTime(sql(template, ...parameters)),
    transaction: <Result>(use: (sql: postgres.ISql) => Promise<Result>) =>
      answeredInTime(sql.begin(use) as Promise<Result>),
    observer,
    async apart(use) {
      const own = connect(1);
      try {
        return await use(own);
      } finally {
        await own.end({ timeout: 1 });
      }
    },
    close: () => sql.end({ timeout: 5 }),
  };
}

function asText(value: string): string {
  return value;
}
