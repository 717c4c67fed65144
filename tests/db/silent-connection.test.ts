import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  cancel,
  checkReading,
  countFailures,
  type Database,
  findFinished,
  findMissing,
  findTaskIds,
  foldFinishedCounts,
  getQueue,
  getStats,
  getTask,
  isDatabaseUnavailable,
  listAttempts,
  listSteps,
  listTasks,
  openDatabase,
  outlineHistory,
  peekTask,
  peekTasks,
  readOutput,
  readStates,
  replay,
  submit,
  submitAll,
  submitBatchOnce,
  submitOnce,
  UNRESTRICTED,
} from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { newTask } from './new-task.ts';

const LIMITED = { sees: 'a', owner: 'a', max_open_tasks: 5 };

const id = Bun.randomUUIDv7();

const verbs: ((db: Database) => Promise<unknown>)[] = [
  (db) => submit(db, newTask()),
  (db) => submitAll(db, UNRESTRICTED, [newTask()]),
  (db) => submitOnce(db, UNRESTRICTED, { ...newTask(), idempotency_key: 'k' }, 'hash'),
  (db) =>
    submitBatchOnce(db, UNRESTRICTED, {
      key: 'k',
      requestHash: 'h',
      tasks: new Map([[0, newTask()]]),
      atomic: true,
    }),
  (db) => getTask(db, UNRESTRICTED, id),
  (db) => cancel(db, UNRESTRICTED, id),
  (db) => replay(db, UNRESTRICTED, { ids: [id] }, 1),
  (db) => replay(db, LIMITED, { ids: [id] }, 1),
  (db) => listTasks(db, UNRESTRICTED, {}),
  (db) => listTasks(db, UNRESTRICTED, { status: 'PENDING' }),
  (db) => peekTasks(db, UNRESTRICTED, { limit: 1 }),
  (db) => listAttempts(db, UNRESTRICTED, id),
  (db) => listSteps(db, UNRESTRICTED, id),
  (db) => outlineHistory(db, UNRESTRICTED, id, { offset: 0, limit: 1 }),
  (db) => findFinished(db, [id]),
  (db) => findMissing(db, [id]),
  (db) => readStates(db, [{ id, caller: UNRESTRICTED }]),
  (db) => getStats(db, UNRESTRICTED),
  (db) => getQueue(db),
  (db) => countFailures(db, UNRESTRICTED, { hours: 1, limit: 1 }),
  (db) => findTaskIds(db, UNRESTRICTED, { prefix: '', limit: 1 }),
  (db) => peekTask(db, UNRESTRICTED, id),
  (db) => readOutput(db, UNRESTRICTED, id, { offset: 0, length: 1 }),
  (db) => foldFinishedCounts(db),
  (db) => checkReading(db),
];

/** Drizzle wraps the driver's error. */
function codeOf(error: unknown): unknown {
  return (((error as Error).cause ?? error) as { code?: string }).code;
}

test.concurrent('no statement waits forever on a silent connection', async () => {
  await using database = await createTestDatabase();
  const failures = await Promise.all(
    verbs.map(async (call) => {
      const db = openDatabase({ url: database.url, maxConnections: 1, applicationName: 'millrace-silent' });
      const [backend] = await db.sql`select pg_backend_pid() as pid`;
      process.kill(backend!.pid, 'SIGSTOP');
      try {
        await call(db);
        return undefined;
      } catch (error) {
        return error;
      } finally {
        process.kill(backend!.pid, 'SIGCONT');
        await db.close();
      }
    }),
  );

  expect(failures.map(codeOf)).toEqual(verbs.map(() => 'NO_ANSWER'));
  expect(failures.every(isDatabaseUnavailable)).toBe(true);
}, 60_000);

test.concurrent('no statement waits for long behind others for a connection that cannot be made', async () => {
  // It accepts connections and says nothing: each is given up after five seconds, then the next statement has its turn.
  const mute = createServer(() => {}).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const url = `postgres://millrace@127.0.0.1:${port}/millrace`;
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-mute' });
  const others = Array.from({ length: 6 }, () => db.sql`select 1`);
  for (const other of others) other.catch(() => {});

  const outcomes = await within(
    'every verb settles',
    25_000,
    Promise.allSettled(verbs.map((call) => call(db))),
  );
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && codeOf(outcome.reason))).toEqual(
    verbs.map(() => 'NO_ANSWER'),
  );
  await db.close();
  mute.close();
}, 60_000);

test('a separate connection is set up like those of the pool, and gone afterwards', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const settings = (sql: Database['sql']) => sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings where source = 'client' order by name`;
  const [apart, pid] = await db.apart(async (sql) => {
    const [backend] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
    return [await settings(sql), backend.pid];
  });
  expect(apart).toEqual(await settings(db.sql));
  expect(apart.map(({ name }) => name)).toContain('statement_timeout');
  await eventually('the separate connection is gone', async () => {
    const sessions = await db.sql`select from pg_stat_activity where pid = ${pid}`;
    return sessions.length === 0;
  });
});
