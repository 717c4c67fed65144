import type postgres from 'postgres';
import { answeredInTime } from '../connection/deadline.ts';
import { ANSWER_MS_MAX, IDLE_TIMEOUT_MS } from '../connection/one-connection.ts';
import { isMigrated } from './schema-version.ts';

/** Any constant will do, so long as every Millrace process uses the same one. */
const MIGRATION_LOCK = 7_305_411;
const RETRY_MS = 250;
/** Processes that start together wait for one another as a matter of course. */
const UNSAID_MS = 2_000;

export interface LockHolder {
  readonly pid: number;
  readonly application_name: string;
}

/**
 * Takes the lock under which migrations run, for as long as this connection lasts. Asked for again and again: a connection that waited in
 * Postgres could not tell waiting from having gone silent, nor for whom it waits.
 *
 * @param onHeld told who has it, when that is for longer than usual, and whenever it is another
 * @returns false if there is no need any more, since the schema has come meanwhile
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
    if (holder && holder.pid !== told && performance.now() - begun > UNSAID_MS) {
      told = holder.pid;
      onHeld(holder);
    }
    await Bun.sleep(RETRY_MS);
  }
}

/** Not as the connection is opened: Postgres before version 14 does not know it, and poolers let only those through that they know. */
function limitIdleness(sql: postgres.Sql) {
  return sql`
    select set_config(name, ${`${IDLE_TIMEOUT_MS}`}, false) from pg_settings
    where name = 'idle_session_timeout' and setting = '0'`;
}

async function findHolder(sql: postgres.Sql): Promise<LockHolder | undefined> {
  // As pg_locks shows a lock of one number.
  const [holder] = await sql<LockHolder[]>`
    select pid, application_name from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and classid = 0 and objid = ${MIGRATION_LOCK} and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())`;
  return holder;
}
