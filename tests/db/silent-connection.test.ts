import { expect, test } from 'bun:test';
import {
  cancel,
  checkReading,
  countFailures,
  findFinished,
  findTaskIds,
  foldFinishedCounts,
  getQueue,
  getStats,
  getTask,
  isDatabaseUnavailable,
  openDatabase,
  peekTask,
  readOutput,
  readStates,
  replay,
  submit,
  submitOnce,
  UNRESTRICTED,
} from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const LIMITED = { sees: 'a', owner: 'a', max_open_tasks: 5 };

test('no statement waits for good on a connection that has gone silent', async () => {
  await using database = await createTestDatabase();
  const { id } = await submit(database.db, newTask());
  const calls = [
    (db) => submit(db, newTask()),
    (db) => submitOnce(db, UNRESTRICTED, { ...newTask(), idempotency_key: 'k' }, 'hash'),
    (db) => getTask(db, UNRESTRICTED, id),
    (db) => cancel(db, UNRESTRICTED, id),
    (db) => replay(db, UNRESTRICTED, { ids: [id] }, 1),
    (db) => replay(db, LIMITED, { ids: [id] }, 1),
    (db) => findFinished(db, [id]),
    (db) => readStates(db, [{ id, caller: UNRESTRICTED }]),
    (db) => getStats(db, UNRESTRICTED),
    (db) => getQueue(db),
    (db) => countFailures(db, UNRESTRICTED, { hours: 1, limit: 1 }),
    (db) => findTaskIds(db, UNRESTRICTED, { prefix: '', limit: 1 }),
    (db) => peekTask(db, UNRESTRICTED, id),
    (db) => readOutput(db, UNRESTRICTED, id, { offset: 0, length: 1 }),
    (db) => foldFinishedCounts(db),
    (db) => checkReading(db),
  ] satisfies ((db: typeof database.db) => Promise<unknown>)[];

  const failures = await Promise.all(
    calls.map(async (call) => {
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

  // Drizzle wraps the driver's error.
  const codes = failures.map((error) => (((error as Error).cause ?? error) as { code?: string }).code);
  expect(codes).toEqual(calls.map(() => 'NO_ANSWER'));
  expect(failures.every(isDatabaseUnavailable)).toBe(true);
}, 60_000);
