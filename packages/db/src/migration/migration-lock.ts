import type postgres from 'postgres';
import { answeredInTime } from '../connection/deadline.ts';
import { ANSWER_MS_MAX, IDLE_TIMEOUT_MS } from '../connection/one-connection.ts';
import { isMigrated } from './schema-version.ts';

/** Any constant will do, as long as all Millrace processes use the same one. */
const MIGRATION_LOCK = 7_305_411;
const RETRY_MS = 250;
/** Processes that start together normally wait for one another this long. */
const UNREPORTED_MS = 2_000;

export interface LockHolder {
  readonly pid: number;
  readonly application_name: string;
}

/**
 * Takes the migration lock, which lasts as long as this connection. Polls for it: a query that blocked in
 * Postgres could neither tell waiting from a silent connection nor name the holder.
 *
 * @param onHeld called with the holder if it holds the lock for longer than usual, and again for each new
 * holder
 * @returns false if someone else has migrated the schema meanwhile
 */
export async function lockMigrations(
  sql: postgres.Sql,
  onHeld: (holder: LockHolder) => void,
): Promise<boolean> {
  await answeredInTime(limitIdleness(sql), ANSWER_MS_MAX);
  const begun = performance.now();
  let told: number | undefined;
  for (;;) {
    const taking = sql<[{ taken: boolean }]>`select pg_try_advisory_lock(${MIGRATION_LOCK}) as taken`;
    const [{ taken }] = await answeredInTime(taking, ANSWER_MS_MAX);
    if (taken) return true;
    if (await answeredInTime(isMigrated(sql), ANSWER_MS_MAX)) return false;
    const holder = await answeredInTime(findHolder(sql), ANSWER_MS_MAX);
    if (holder && holder.pid !== told && performance.now() - begun > UNREPORTED_MS) {
      told = holder.pid;
      onHeld(holder);
    }
    await Bun.sleep(RETRY_MS);
  }
}

/** Not a connection parameter: Postgres before version 14 does not know it, and poolers reject parameters unknown to them. */
function limitIdleness(sql: postgres.Sql) {
  return sql`
    select set_config(name, ${`${IDLE_TIMEOUT_MS}`}, false) from pg_settings
    where name = 'idle_session_timeout' and setting = '0'`;
}

async function findHolder(sql: postgres.Sql): Promise<LockHolder | undefined> {
  // How pg_locks represents an advisory lock with a single key.
  const [holder] = await sql<LockHolder[]>`
    select pid, application_name from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and classid = 0 and objid = ${MIGRATION_LOCK} and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())`;
  return holder;
}
