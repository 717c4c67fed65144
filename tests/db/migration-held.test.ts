import { expect, test } from 'bun:test';
import { awaitSchema, openDatabase, requireSchema } from '@millrace/db';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createEmptyDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';

const MIGRATION_LOCK = 7_305_411;

function startWaiting(url: string) {
  const said: string[] = [];
  const as = (level: string) => (fields: object, message: string) =>
    void said.push(`${level}: ${message} ${Bun.inspect(fields)}`);
  const logger = { debug: as('debug'), info: as('info'), warn: as('warn'), error: as('error') };
  return { said, schema: awaitSchema(url, 'auto', logger) };
}

async function open(url: string, applicationName: string) {
  const { sql, close } = openDatabase({ url, maxConnections: 1, applicationName });
  const [row] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  return { sql, close, pid: row.pid };
}

test.concurrent('whoever waits for the migration lock says who holds it', async () => {
  const url = await createEmptyDatabase();
  const holder = await open(url, 'somebody-else');
  await holder.sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
  const { said, schema } = startWaiting(url);
  await eventually('the holder of the lock is named', () => schema.missing()?.includes(`pid ${holder.pid}`));
  expect(said).toEqual([expect.stringMatching(/^info: .*somebody-else/s)]);

  await holder.close();
  await within('the schema is there', 20_000, schema.ready);
  expect(schema.missing()).toBeUndefined();
  expect(said).toHaveLength(1);
  await requireSchema(url);
}, 40_000);

test.concurrent('a connection lost between two statements is not replaced by one without the lock', async () => {
  const url = await createEmptyDatabase();
  const holder = await open(url, 'somebody-else');
  await holder.sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
  const { said, schema } = startWaiting(url);
  await eventually('the migration waits', () => schema.missing()?.includes(`pid ${holder.pid}`));
  await eventually('its connection is cut while it is idle', async () => {
    const cut = await holder.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'millrace-migrate' and state = 'idle'`;
    return cut.length > 0;
  });
  await eventually('the lost connection is logged', () =>
    said.some((line) => line.includes('cannot be reached')),
  );
  await holder.close();
  await within('the schema is there', 20_000, schema.ready);
}, 40_000);

test.concurrent('a connection that goes silent while waiting for the lock is replaced', async () => {
  const url = await createEmptyDatabase();
  const holder = await open(url, 'somebody-else');
  await holder.sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
  await using proxy = await startTcpProxy(url);
  const { schema } = startWaiting(proxy.via(url));
  await eventually('the migration waits', () => schema.missing()?.includes(`pid ${holder.pid}`));
  proxy.silence();
  await holder.close();
  await within('the schema is there', 40_000, schema.ready);
}, 60_000);

test.concurrent('a connection that goes silent during a migration is replaced', async () => {
  const url = await createEmptyDatabase();
  const other = await open(url, 'somebody-else');
  await using proxy = await startTcpProxy(url);
  // Another transaction is creating what the first migration statement would create, so that it waits.
  const held = Promise.withResolvers<void>();
  const holding = other.sql.begin(async (transaction) => {
    await transaction`create schema drizzle`;
    await transaction`set local idle_in_transaction_session_timeout = 0`;
    await held.promise;
    throw new Error('undone');
  });
  holding.catch(() => undefined);
  const { schema } = startWaiting(proxy.via(url));
  const observer = await open(url, 'observer');
  await eventually('the migration waits', async () => {
    const rows = await observer.sql`
      select from pg_stat_activity
      where datname = current_database() and application_name = 'millrace-migrate' and wait_event_type = 'Lock'`;
    return rows.length > 0;
  });
  proxy.silence();
  held.resolve();
  // The server ends the session after 30 s, and releases the lock with it.
  await within('the schema is there', 70_000, schema.ready);
  await requireSchema(url);
  await Promise.all([other.close(), observer.close()]);
}, 90_000);
