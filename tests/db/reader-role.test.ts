import { describe, expect, test } from 'bun:test';
import {
  checkReading,
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
import { createLogin } from '../own-login.ts';
import { shared } from '../shared.ts';
import { createEmptyDatabase, createTestDatabase, openPool } from '../test-database.ts';
import { newTask } from './new-task.ts';

const database = shared(createTestDatabase);
const reader = shared(() => openPool(readOnlyUrl(database.url, { role: true })));

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

test('reads from the host that takes writes, where the URL asks for that', async () => {
  const url = `${database.url}?target_session_attrs=read-write`;
  await using primary = openPool(readOnlyUrl(url, { role: true }));
  await checkReading(primary);
});

test.each(['tasks', 'task_attempts', 'task_steps', 'finished_counts'])(
  'is refused if the role may not read %s',
  async (table) => {
    await using own = await createTestDatabase();
    await own.db.sql`revoke select on ${own.db.sql(table)} from millrace_reader`;
    await using refused = openPool(readOnlyUrl(own.url, { role: true }));
    const refusal = await checkReading(refused).catch((error: unknown) => error);
    expect([String(refusal), isRoleRefused(refusal)]).toEqual([
      expect.stringContaining(`permission denied for table ${table}`),
      true,
    ]);
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
  await using own = openPool(readOnlyUrl(url, { role: true }));
  const [row] = await own.sql`select current_setting('work_mem') as work_mem, current_user::text as role`;
  expect(row).toEqual({ work_mem: '5MB', role: 'millrace_reader' });
});

test('a login that may neither create nor grant roles still migrates, and is told about the role', async () => {
  const url = await createEmptyDatabase();
  await using login = await createLogin(database.db, url, { ownsDatabase: true });
  await migrate(login.url);

  await using refused = openPool(readOnlyUrl(login.url, { role: true }));
  const refusal = await checkReading(refused).catch((error: unknown) => error);
  expect(isRoleRefused(refusal)).toBe(true);

  await using own = openPool(readOnlyUrl(login.url, { role: false }));
  await checkReading(own);
  await expect(submit(own, newTask())).rejects.toThrow(/read-only transaction/);

  // An administrator needs one statement: the grants on the tables exist already.
  const { sql } = database.db;
  await sql`grant millrace_reader to ${sql(login.name)}`;
  await using allowed = openPool(readOnlyUrl(login.url, { role: true }));
  await checkReading(allowed);
}, 30_000);

test('a login that may create roles without being a superuser becomes the reader', async () => {
  const url = await createEmptyDatabase();
  await using login = await createLogin(database.db, url, { attributes: 'createrole', ownsDatabase: true });
  const { sql } = database.db;
  await sql`grant millrace_reader to ${sql(login.name)} with admin option`;
  await migrate(login.url);
  await using own = openPool(readOnlyUrl(login.url, { role: true }));
  await checkReading(own);
}, 30_000);
