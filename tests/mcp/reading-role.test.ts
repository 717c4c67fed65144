import { expect, test } from 'bun:test';
import { submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { createLogin } from '../own-login.ts';
import { createEmptyDatabase, createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { call, connectOverHttp } from './connect.ts';
import { spawnMcpOverHttp, spawnMcpOverStdio, startMcpOverHttp } from './mcp-process.ts';
import { rawMessage } from './raw-client.ts';
import { createTasks } from './tasks.ts';

test('reads run as millrace_reader, in read-only transactions', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  // A policy shows who queries: the owner sees everything, the reader only what the policy permits.
  await sql`create function seen_by() returns boolean language sql as
    $$ select current_user = 'millrace_reader' and current_setting('transaction_read_only') = 'on' $$`;
  await sql`create policy witness on tasks as restrictive for select to millrace_reader using (seen_by())`;
  const { id } = await submit(database.db, newTask());
  await using mcp = await startMcpOverHttp({ DATABASE_URL: database.url });
  await using client = await connectOverHttp(mcp.url, 'modern');
  for (const tool of ['get_task_status', 'get_task', 'get_task_timeline']) {
    expect((await call(client, tool, { task_id: id })).isError).toBe(false);
  }
  expect((await call(client, 'list_tasks')).structured.tasks).toHaveLength(1);
  expect((await call(client, 'get_queue_stats')).structured.counts.PENDING).toBe(1);
  // Without this grant the role is refused; the login itself, a superuser, could still read.
  await sql`revoke select on tasks from millrace_reader`;
  for (const tool of ['get_task_status', 'get_task', 'get_task_timeline']) {
    const { isError, text } = await call(client, tool, { task_id: id });
    expect([isError, text]).toEqual([true, expect.stringContaining('lacks a permission')]);
  }
  await sql`grant select on tasks to millrace_reader`;
}, 60_000);

test('a login that may not assume the role still reads, and the log says what to do', async () => {
  await using database = await createTestDatabase();
  const options = { ownsDatabase: true };
  await using login = await createLogin(database.db, await createEmptyDatabase(), options);
  const child = spawnMcpOverStdio(login.url);
  let log = '';
  void (async () => {
    for await (const bytes of child.stderr) log += new TextDecoder().decode(bytes);
  })();
  await eventually('the log says so', () => log.includes('cannot read as millrace_reader'));
  expect(log).toContain('grant millrace_reader to <the login>');
  expect(log).not.toContain('secret@');
  child.stdin.write(
    `${JSON.stringify(rawMessage({ method: 'tools/call', params: { name: 'list_tasks', arguments: {} } }))}\n`,
  );
  await child.stdin.end();
  expect(await new Response(child.stdout).text()).toContain('"tasks":[]');
  await child.exited;
}, 60_000);

test('with MCP_READ_ONLY=1 nothing is migrated, and a read-only login suffices', async () => {
  await using database = await createTestDatabase();
  const empty = await createEmptyDatabase();
  await using unready = await spawnMcpOverHttp({ DATABASE_URL: empty, MCP_READ_ONLY: '1' });
  await using client = await connectOverHttp(unready.url, 'modern');
  const { isError, text } = await call(client, 'list_tasks');
  expect([isError, text]).toEqual([
    true,
    expect.stringContaining("Millrace's tables are not in this database yet"),
  ]);

  await using login = await createLogin(database.db, database.url, { attributes: 'in role millrace_reader' });
  const { id } = await submit(database.db, newTask());
  await using mcp = await startMcpOverHttp({ DATABASE_URL: login.url, MCP_READ_ONLY: '1' });
  const reader = await connectOverHttp(mcp.url, 'modern');
  expect((await call(reader, 'get_task_status', { task_id: id })).structured.status).toBe('PENDING');
  await reader.close();
}, 60_000);

/** The statements with which docs/mcp.md has an administrator create the role. */
async function documentedGrants(login: string): Promise<string[]> {
  const text = await Bun.file(new URL('../../docs/mcp.md', import.meta.url)).text();
  const [, block = ''] = /```sql\n(create role millrace_reader.*?)```/s.exec(text) ?? [];
  const [create, ...grants] = block.trim().split('\n');
  // The role belongs to the server and exists already; its grants belong to this database.
  expect(create).toStartWith('create role millrace_reader nologin;');
  expect(grants).toHaveLength(3);
  return grants.map((grant) => grant.replace('<the login>', login));
}

test('the grants in docs/mcp.md suffice to read everything, and all are needed', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const ids = await createTasks(database.db);
  await using login = await createLogin(database.db, database.url);
  await sql`revoke all on all tables in schema public from millrace_reader`;
  await sql`revoke all on schema public from millrace_reader, public`;
  for (const statement of await documentedGrants(login.name)) await sql.unsafe(statement);
  const env = { DATABASE_URL: login.url, MCP_READ_ONLY: '1' };
  {
    await using mcp = await startMcpOverHttp(env);
    await using client = await connectOverHttp(mcp.url, 'modern');
    const { tools } = await client.listTools();
    for (const { name, inputSchema } of tools) {
      const args = inputSchema.required?.includes('task_id') ? { task_id: ids.done } : {};
      expect([name, (await call(client, name, args)).isError]).toEqual([name, false]);
    }
    const uris = ['tasks://recent', 'tasks://recent/FAILED', 'tasks://stats'];
    for (const part of ['', '/result', '/timeline']) uris.push(`task://${ids.done}${part}`);
    for (const uri of uris) expect((await client.readResource({ uri })).contents).toHaveLength(1);
    for (const name of ['triage_failures', 'summarize_queue']) await client.getPrompt({ name });
    await client.getPrompt({ name: 'diagnose_task', arguments: { task_id: ids.failed } });
    const ref = { type: 'ref/resource' as const, uri: 'task://{task_id}' };
    const argument = { name: 'task_id', value: ids.done.slice(0, 8) };
    expect((await client.complete({ ref, argument })).completion.values).toContain(ids.done);
  }
  await sql`revoke select on finished_counts from millrace_reader`;
  {
    await using mcp = await spawnMcpOverHttp(env);
    expect((await fetch(`${mcp.origin}/health/ready`)).status).toBe(503);
  }
}, 60_000);
