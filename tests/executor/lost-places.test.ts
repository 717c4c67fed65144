import { afterEach, beforeEach, expect, test } from 'bun:test';
import { getTask, UNRESTRICTED } from '@millrace/db';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase, openPool, type TestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startHoldingServer } from './holding-server.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

/** Places among the concurrent calls of a model that nobody uses any more. */

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase(8);
});
afterEach(() => database[Symbol.asyncDispose]());

test('the place of a dead executor is free for others once its lease has ended', async () => {
  await using holding = await startHoldingServer();
  const { server } = holding;
  const options = {
    models: 'gpt=openai;concurrency=1',
    baseUrl: server.url,
    concurrency: 1,
    leaseMs: 600_000,
  };
  const held = await submitTask(database.db);
  await using _dead = await startExecutor(database.db, options);
  await eventually('the model is asked', () => server.calls.length === 1);
  const next = await submitTask(database.db);
  await using _living = await startExecutor(database.db, options);
  await eventually(
    'the next waits',
    async () => (await getTask(database.db, UNRESTRICTED, next))?.status === 'RUNNING',
  );
  expect(server.calls).toHaveLength(1);
  await database.db.sql`update tasks set due_at = now() where id = ${held}`;
  await eventually('the next is served', () => server.calls.length > 1);
  holding.letGo();
  await untilEnded(database.db, next);
});

test('a place granted without an answer, even after its return, does not block its own task', async () => {
  const { sql } = database.db;
  await sql`
    create function wait() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock(1);
      return null;
    end $$`;
  await sql`
    create constraint trigger wait after insert on model_calls deferrable initially deferred
    for each row execute function wait()`;
  await using proxy = await startTcpProxy(database.url);
  await using db = openPool(proxy.via(database.url), 4);
  await using executor = await startExecutor(db, { models: 'simulated;concurrency=1', baseUrl: '' });
  const waiting = async (statement: string) => {
    const rows = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event = 'advisory' and query ilike ${statement}`;
    return rows.length > 0;
  };
  const id = await sql.begin(async (holder) => {
    await holder`select pg_advisory_xact_lock(1)`;
    await holder`set local idle_in_transaction_session_timeout = 0`;
    const submitted = await submitTask(database.db, { model: 'simulated' });
    await eventually('its place is being committed', () => waiting('commit'));
    proxy.cut();
    // Another request waits for that commit; by then the place has been returned.
    await eventually('the executor asks for a place again', () =>
      waiting('%pg_advisory_xact_lock(hashtextextended(%'),
    );
    return submitted;
  });

  expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
  expect(executor.log.filter((line) => line.startsWith('no permit for a model call'))).not.toEqual([]);
}, 30_000);
