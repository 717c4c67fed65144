import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  checkReading,
  type Database,
  getTask,
  isRoleRefused,
  listAttempts,
  listSteps,
  migrate,
  outlineHistory,
  readOnlyUrl,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { createEmptyDatabase, createTestDatabase, openPool, type TestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

let database: TestDatabase;
let reader: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  reader = open(readOnlyUrl(database.url, { role: true }));
}, 60_000);
afterAll(async () => {
  await reader?.close();
  await database?.[Symbol.asyncDispose]();
});

function open(url: string): Database {
  return openPool(url);
}

test('reads tasks with their attempts and steps', async () => {
  const task = await submit(database.db, newTask());
  await checkReading(reader);
  expect(await getTask(reader, UNRESTRICTED, task.id)).toEqual(task);
  expect(await listAttempts(reader, UNRESTRICTED, task.id)).toEqual({ attempts: [], next_cursor: null });
  expect(await listSteps(reader, UNRESTRICTED, task.id)).toEqual({ steps: [], next_cursor: null });
  expect(await outlineHistory(reader, UNRESTRICTED, task.id, { offset: 0, limit: 10 })).toMatchObject({
    total: 0,
  });
});

test.each(['tasks', 'task_attempts', 'task_steps', 'finished_counts'])(
  'is refused if the role may not read %s',
  async (table) => {
    await using own = await createTestDatabase();
    await own.db.sql`revoke select on ${own.db.sql(table)} from millrace_reader`;
    const refused = open(readOnlyUrl(own.url, { role: true }));
    const refusal = await checkReading(refused).catch((error: unknown) => error);
    expect([String(refusal), isRoleRefused(refusal)]).toEqual([
      expect.stringContaining(`permission denied for table ${table}`),
      true,
    ]);
    await refused.close();
  },
);

describe('writes nothing', () => {
  test('because its transactions are read-only', async () => {
    await expect(submit(reader, newTask())).rejects.toThrow(/read-only transaction/);
    await expect(reader.sql`delete from tasks`.execute()).rejects.toThrow(/read-only transaction/);
  });

  test.each(['delete from tasks', "update tasks set status = 'CANCELLED'", 'truncate task_steps'])(
    'even if a transaction asks to write: %s',
    async (statement) => {
      const writing = reader.sql.begin('read write', (sql) => sql.unsafe(statement));
      await expect(writing).rejects.toThrow(/permission denied for table/);
    },
  );

  test.each(['api_keys', 'idempotency_keys', 'model_calls'])('and does not see %s', async (table) => {
    await expect(reader.sql`select from ${reader.sql(table)}`.execute()).rejects.toThrow(
      `permission denied for table ${table}`,
    );
  });
});

test('existing options of a URL are kept', async () => {
  const url = `${database.url}?options=${encodeURIComponent('-c work_mem=5MB')}`;
  const own = open(readOnlyUrl(url, { role: true }));
  const [row] = await own.sql`select current_setting('work_mem') as work_mem, current_user::text as role`;
  expect(row).toEqual({ work_mem: '5MB', role: 'millrace_reader' });
  await own.close();
});

test('a login that may neither create nor grant roles still migrates, and is told about the role', async () => {
  const url = new URL(await createEmptyDatabase());
  const { sql } = database.db;
  const login = `limited_${Bun.randomUUIDv7().replaceAll('-', '')}`;
  await sql`create role ${sql(login)} login password 'limited'`;
  await sql`alter database ${sql(url.pathname.slice(1))} owner to ${sql(login)}`;
  url.username = login;
  url.password = 'limited';
  await migrate(url.href);

  const refused = open(readOnlyUrl(url.href, { role: true }));
  const refusal = await checkReading(refused).catch((error: unknown) => error);
  expect(isRoleRefused(refusal)).toBe(true);
  await refused.close();

  const own = open(readOnlyUrl(url.href, { role: false }));
  await checkReading(own);
  await expect(submit(own, newTask())).rejects.toThrow(/read-only transaction/);
  await own.close();

  // An administrator needs one statement: the grants on the tables exist already.
  await sql`grant millrace_reader to ${sql(login)}`;
  const allowed = open(readOnlyUrl(url.href, { role: true }));
  await checkReading(allowed);
  await allowed.close();
  await sql`drop database ${sql(url.pathname.slice(1))} with (force)`;
  await sql`drop role ${sql(login)}`;
}, 30_000);

test('a login that may create roles without being a superuser becomes the reader', async () => {
  const url = new URL(await createEmptyDatabase());
  const { sql } = database.db;
  const login = `creating_${Bun.randomUUIDv7().replaceAll('-', '')}`;
  await sql`create role ${sql(login)} login createrole password 'creating'`;
  await sql`grant millrace_reader to ${sql(login)} with admin option`;
  await sql`alter database ${sql(url.pathname.slice(1))} owner to ${sql(login)}`;
  url.username = login;
  url.password = 'creating';
  await migrate(url.href);
  const own = open(readOnlyUrl(url.href, { role: true }));
  await checkReading(own);
  await own.close();
  await sql`drop database ${sql(url.pathname.slice(1))} with (force)`;
  await sql`drop owned by ${sql(login)}`;
  await sql`drop role ${sql(login)}`;
}, 30_000);
