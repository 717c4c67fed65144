import { expect, test } from 'bun:test';
import {
  awaitSchema,
  findApiKeys,
  hashApiKey,
  isSchemaMissing,
  listTasks,
  migrate,
  newTaskId,
  openDatabase,
  requireSchema,
  UNRESTRICTED,
} from '@millrace/db';
import journal from '../../packages/db/migrations/meta/_journal.json';
import { createEmptyDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';

test('ten processes migrate at once, and again', async () => {
  const url = await createEmptyDatabase();
  const script = `import { migrate } from '@millrace/db'; await migrate(process.env.DATABASE_URL);`;
  for (let round = 0; round < 2; round++) {
    const children = Array.from({ length: 10 }, () =>
      Bun.spawn([process.execPath, '-e', script], {
        cwd: import.meta.dir,
        env: { ...process.env, DATABASE_URL: url },
        stderr: 'pipe',
      }),
    );
    for (const child of children) {
      const [code, stderr] = await Promise.all([child.exited, new Response(child.stderr).text()]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  }
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-test' });
  const [applied] = await db.sql`select count(*)::int as count from drizzle.__drizzle_migrations`;
  await db.close();
  expect(applied?.count).toBe(journal.entries.length);
}, 60_000);

test('who waits for the schema takes one that a later version has migrated, and no older one', async () => {
  const url = await createEmptyDatabase();
  const lacks = async () => isSchemaMissing(await requireSchema(url).catch((error: unknown) => error));
  expect(await lacks()).toBe(true);
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  const waiting = awaitSchema(url, 'wait', { debug: say, info: say, warn: say, error: say });
  await eventually('it says what it waits for', () => waiting.missing()?.includes('bun run migrate'));
  await migrate(url);
  await waiting.ready;
  expect(waiting.missing()).toBeUndefined();
  expect(said).toEqual([expect.stringContaining('trying until it works')]);

  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-test' });
  const last = journal.entries.at(-1)!.when;
  await db.sql`delete from drizzle.__drizzle_migrations where created_at = ${last}`;
  expect(await lacks()).toBe(true);
  await db.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of a later version', ${last + 1})`;
  await requireSchema(url);
  await migrate(url);
  const [row] = await db.sql`select count(*)::int as count from drizzle.__drizzle_migrations`;
  expect(row?.count).toBe(journal.entries.length);
  await db.close();
}, 30_000);

test('tokens from before there were owners go on seeing every task, and tasks from then have no owner', async () => {
  const url = await createEmptyDatabase();
  const old = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-test' });
  const folder = new URL('../../packages/db/migrations/', import.meta.url);
  await old.sql`create schema drizzle`;
  await old.sql`create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;
  for (const { tag, when } of journal.entries.filter(({ idx }) => idx < 5)) {
    await old.sql.unsafe(await Bun.file(new URL(`${tag}.sql`, folder)).text());
    await old.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('', ${when})`;
  }
  await old.sql`insert into access_tokens (id, name, token_hash, scopes)
    values (${newTaskId()}, 'desktop', ${hashApiKey('old')}, '["tasks:read"]')`;
  await old.sql`insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, run_at, due_at, metadata)
    values (${newTaskId()}, 'old', 'builtin', 5, 3, 60000, now(), now(), '{}')`;
  await migrate(url);

  expect(await findApiKeys(old, [hashApiKey('old')])).toMatchObject([
    {
      name: 'desktop',
      owner: 'desktop',
      scopes: ['tasks:read', 'admin'],
      rate_limit: null,
      max_open_tasks: null,
    },
  ]);
  expect((await listTasks(old, UNRESTRICTED, {})).tasks).toMatchObject([{ prompt: 'old', owner: null }]);
  await old.close();
}, 30_000);
