import { expect, test } from 'bun:test';
import { getTask, openDatabase, submit, UNRESTRICTED } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { everyAttempt } from '../whole-history.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import { startExecutor, untilEnded } from './test-executor.ts';

test('a task whose claim was carried out and never answered is handed back, and its attempt does not count', async () => {
  await using database = await createTestDatabase();
  await using proxy = await startPostgresProxy(database.url);
  const cutOff = openDatabase({ url: proxy.url, maxConnections: 4, applicationName: 'millrace-cut-off' });
  await using executor = await startExecutor(cutOff, {
    models: 'builtin,simulated',
    baseUrl: 'http://127.0.0.1:1',
    leaseMs: 6_000,
  });
  // What it knows that it runs is left to it.
  const known = await submit(database.db, newTask({ model: 'simulated', max_attempts: 1 }));
  expect((await untilEnded(database.db, known.id)).status).toBe('COMPLETED');

  const { sql } = database.db;
  await sql`
    create function wait() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock(1);
      return null;
    end $$`;
  await sql`create trigger wait after update on tasks for each row execute function wait()`;
  const { id } = await sql.begin(async (holder) => {
    await holder`select pg_advisory_xact_lock(1)`;
    const submitted = await submit(database.db, newTask({ max_attempts: 1 }));
    await eventually('its claim is under way', async () => {
      const waiting = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
      return waiting.length > 0;
    });
    proxy.holdAnswers();
    return submitted;
  });
  await eventually('it is claimed', async () => {
    return (await getTask(database.db, UNRESTRICTED, id))?.status === 'RUNNING';
  });
  proxy.cut();

  expect(await untilEnded(database.db, id, 20_000)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
  const attempts = await everyAttempt(database.db, id);
  expect(attempts.map(({ status }) => status)).toEqual(['RELEASED', 'COMPLETED']);
  expect(executor.log.filter((line) => line.startsWith('claims whose answer was lost'))).toHaveLength(1);
}, 40_000);
