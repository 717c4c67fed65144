import { type Database, openDatabase } from '@millrace/db';
import { eventually } from '../waiting.ts';
import type { World } from './world.ts';

export interface Hold {
  /** Commits. Idempotent. */
  release(): Promise<void>;
}

type Transaction = Parameters<Parameters<Database['sql']['begin']>[1]>[0];

/** A transaction on its own connection that stays open, with what `begin` did in it, until released. */
export async function holdTransaction(
  { stack }: World,
  begin: (transaction: Transaction) => Promise<unknown>,
): Promise<Hold> {
  const db = openDatabase({
    url: stack.databaseUrl,
    maxConnections: 1,
    applicationName: 'millrace-faults-hold',
  });
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const ended = db.sql
    .begin(async (transaction) => {
      // Millrace's own connections have a timeout; this one belongs to somebody else.
      await transaction`set local idle_in_transaction_session_timeout = 0`;
      await begin(transaction);
      begun.resolve();
      await released.promise;
    })
    .catch((error: Error) => begun.reject(error));
  let closing: Promise<void> | undefined;
  const release = () => {
    released.resolve();
    closing ??= ended.then(() => db.close());
    return closing;
  };
  try {
    await begun.promise;
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

export interface Activity {
  readonly pid: number;
  readonly state: string | null;
  readonly wait_event: string | null;
}

/** How Postgres treats connections of this name. */
export async function activityOf({ db }: World, applicationName: string): Promise<Activity[]> {
  return db.sql<Activity[]>`
    select pid, state, wait_event from pg_stat_activity where application_name = ${applicationName}`;
}

/** Closes every connection of the services; returns how many. */
export async function terminateConnections(sql: Database['sql']): Promise<number> {
  const ended = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and application_name <> '' and application_name not like 'millrace-faults%'`;
  return ended.length;
}

/** For a database that may be restarting. */
export function eventuallyDone<T>(what: string, work: () => Promise<T>): Promise<T> {
  return eventually(what, async () => ({ value: await work() }), { timeoutMs: 30_000 }).then(
    ({ value }) => value,
  );
}
