import { expect, test } from 'bun:test';
import { isDatabaseUnavailable, openDatabase } from '@millrace/db';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';

const CONNECTIONS = 4;

/** Through a proxy, with a statement timeout short enough to wait for. */
async function startLab() {
  const database = await createTestDatabase(2);
  const proxy = await startTcpProxy(database.url);
  const through = new URL(proxy.via(database.url));
  through.searchParams.set('statement_timeout', '900');
  const db = openDatabase({
    url: through.href,
    maxConnections: CONNECTIONS,
    applicationName: 'millrace-silent',
  });
  return {
    database,
    proxy,
    sql: db.sql,
    async [Symbol.asyncDispose]() {
      await db.close();
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

// Without patches/postgres@3.4.9.patch the pool keeps using such connections until the kernel gives up: 15 minutes.
test('a pool whose connections have all gone silent rejects its statements, and recovers', async () => {
  await using lab = await startLab();
  const { proxy, sql } = lab;
  const everyConnection = () =>
    Promise.all(
      Array.from({ length: CONNECTIONS }, () => sql`select pg_backend_pid() as pid, pg_sleep(0.1)`),
    );
  const before = (await everyConnection()).map(([row]) => row!.pid);
  expect(new Set(before).size).toBe(CONNECTIONS);

  proxy.silence();
  const inTransaction = sql.begin(async (transaction) => [await transaction`select 1`]);
  const lost = [...Array.from({ length: 3 * CONNECTIONS }, () => sql`select 1`), inTransaction];
  const outcomes = await within('every query has an answer', 10_000, Promise.allSettled(lost));
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(reasons.length).toBeGreaterThanOrEqual(CONNECTIONS);
  expect(reasons.map(({ code }) => code)).toEqual(reasons.map(() => 'NO_ANSWER'));
  expect(reasons.every(isDatabaseUnavailable)).toBe(true);

  const after = await within('every connection answers', 10_000, everyConnection());
  expect(new Set(after.map(([row]) => row!.pid)).size).toBe(CONNECTIONS);
  expect(proxy.silent).toBe(0);
}, 30_000);

test('one silent connection condemns those idle meanwhile: the next statement is answered', async () => {
  await using lab = await startLab();
  const { proxy, sql } = lab;
  await Promise.all(Array.from({ length: CONNECTIONS }, () => sql`select pg_sleep(0.1)`));
  proxy.silence();
  expect(proxy.silent).toBe(CONNECTIONS);
  expect(
    await within(
      'it is given up',
      10_000,
      sql`select 1`.catch((error) => error.code),
    ),
  ).toBe('NO_ANSWER');
  for (let i = 0; i < CONNECTIONS; i++) {
    expect(await within('the next is answered', 5_000, sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
  }
  expect(proxy.silent).toBe(0);
}, 30_000);

test('a connection that waits, or runs a long statement, does not count as silent', async () => {
  await using lab = await startLab();
  const { database, proxy, sql } = lab;
  const heard: string[] = [];
  await sql.listen('silence', (payload) => void heard.push(payload));
  const [first] = await sql`select pg_backend_pid() as pid`;
  const connections = proxy.accepted;

  // Longer than silence may last; then a statement of nearly its timeout, which Postgres would cancel if it were a moment late.
  for (let round = 0; round < 4; round++) await database.db.sql`select pg_sleep(0.5)`;
  await sql.begin(async (transaction) => {
    await transaction`set local statement_timeout = 0`;
    await transaction`select pg_sleep(0.8)`;
  });
  await database.db.sql.notify('silence', 'still here');

  await eventually('the listener hears', () => heard.length > 0);
  const [last] = await sql`select pg_backend_pid() as pid`;
  expect(last!.pid).toBe(first!.pid);
  expect(proxy.accepted).toBe(connections);
}, 30_000);
