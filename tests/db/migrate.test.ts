import { expect, test } from 'bun:test';
import { LANES } from '@millrace/contracts';
import {
  type AwaitedSchema,
  awaitSchema,
  claimDue,
  type Database,
  deleteFinished,
  findApiKeys,
  hashApiKey,
  isSchemaMissing,
  listTasks,
  migrate,
  newTaskId,
  replayTask,
  requireSchema,
  UNRESTRICTED,
} from '@millrace/db';
import journal from '../../packages/db/migrations/meta/_journal.json';
import { openTransaction } from '../open-transaction.ts';
import { createEmptyDatabase, openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';

test('ten migrate at once, and again, and print nothing', async () => {
  const url = await createEmptyDatabase();
  const script = `import { migrate } from '@millrace/db';
    const url = process.env.DATABASE_URL;
    for (let round = 0; round < 2; round++) await Promise.all(Array.from({ length: 10 }, () => migrate(url)));`;
  const child = Bun.spawn([process.execPath, '-e', script], {
    cwd: import.meta.dir,
    env: { ...process.env, DATABASE_URL: url },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [code, ...printed] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect({ code, printed }).toEqual({ code: 0, printed: ['', ''] });
  const db = openPool(url);
  const [applied] = await db.sql`select count(*)::int as count from drizzle.__drizzle_migrations`;
  await db.close();
  expect(applied?.count).toBe(journal.entries.length);
}, 60_000);

test('a service waiting for the schema accepts one migrated by a later version, but no older one', async () => {
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
  expect(said).toEqual([expect.stringContaining('retrying until it works')]);

  const db = openPool(url);
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

test('tokens from before owners existed still see every task; tasks from then have no owner', async () => {
  const url = await createEmptyDatabase();
  const old = openPool(url);
  await applyMigrations(old, 5);
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

test('tasks of every earlier schema are counted, claimed, replayed and deleted like others', async () => {
  for (let version = 1; version < journal.entries.length; version++) {
    const url = await createEmptyDatabase();
    const db = openPool(url);
    await applyMigrations(db, version);
    await db.sql`
      insert into tasks (id, prompt, model, priority, status, attempts, max_attempts, timeout_ms, run_at, due_at, metadata, executor,
        started_at, finished_at)
      select gen_random_uuid(), status, 'builtin', 5, status::task_status, 1, 3, 60000, now(),
        case when status = 'RUNNING' then now() - interval '1 hour' end, '{}', 'of before',
        now() - interval '9 days', case when status <> 'RUNNING' then now() - interval '8 days' end
      from unnest(array['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']) as status`;
    if (version > 1) await db.sql`update tasks set attempt_started_at = started_at`;
    if (version > 7) {
      await db.sql`insert into finished_counts select status, 1 from tasks where finished_at is not null`;
    }
    await migrate(url);

    const { tasks } = await listTasks(db, UNRESTRICTED, { status: 'COMPLETED' });
    const replayed = await replayTask(db, UNRESTRICTED, tasks[0]!.id);
    const claimed = await claimDue(db, { executor: 'e', lease_ms: 60_000, limit: 1, lanes: LANES });
    const { deleted } = await deleteFinished(db, { older_than_days: 7, limit: 10 });
    const [left] = await db.sql`select sum(count)::integer as count from finished_counts`;
    expect([
      version,
      replayed?.changed,
      claimed.claimed.map(({ prompt }) => prompt),
      deleted,
      left?.count,
    ]).toEqual([version, true, ['RUNNING'], 2, 0]);
    await db.close();
  }
}, 60_000);

test('a migration waits for a backup, and others get at the tasks meanwhile', async () => {
  const url = await createEmptyDatabase();
  const [reading, db] = [openPool(url), openPool(url)];
  await applyMigrations(db, 9);
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  let schema: AwaitedSchema;
  {
    await using _backup = await openTransaction(reading, (sql) => sql`select from tasks limit 1`);
    schema = awaitSchema(url, 'auto', { debug: say, info: say, warn: say, error: say });
    await eventually('it says what it waits for', () => schema.missing()?.includes('a backup'));
    await within('tasks can be read', 10_000, db.sql`select from tasks limit 1`);
  }
  await within('the schema is there', 10_000, schema.ready);
  expect(said).toEqual([expect.stringContaining('retrying until it works')]);
  await Promise.all([reading.close(), db.close()]);
}, 30_000);

/** As an earlier version left it: only the first migrations. */
async function applyMigrations({ sql }: Database, count: number): Promise<void> {
  const folder = new URL('../../packages/db/migrations/', import.meta.url);
  await sql`create schema drizzle`;
  await sql`create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;
  for (const { tag, when } of journal.entries.filter(({ idx }) => idx < count)) {
    await sql.unsafe(await Bun.file(new URL(`${tag}.sql`, folder)).text());
    await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('', ${when})`;
  }
}
