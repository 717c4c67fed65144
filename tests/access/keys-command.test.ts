import { expect, setDefaultTimeout, test } from 'bun:test';
import { fileURLToPath } from 'node:url';
import { startGateway } from '../gateway/gateway-process.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';

// Every test starts processes, and the machine may be busy.
setDefaultTimeout(60_000);

const script = fileURLToPath(new URL('../../packages/access/src/command/keys-command.ts', import.meta.url));
const database = shared(createTestDatabase);
const gateway = shared(() => startGateway({ DATABASE_URL: database.url, GATEWAY_AUTH: 'keys' }));

async function run(...args: string[]) {
  const child = Bun.spawn([process.execPath, script, ...args], {
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code: child.exitCode, output, errors };
}

test('creates a key that works, lists it without showing it, and revokes it by id', async () => {
  const created = await run('create', '--name', 'claude desktop', '--owner', 'ada', '--scopes', 'tasks:read');
  expect(created.code).toBe(0);
  const headers = { authorization: `Bearer ${created.output.split('\n')[0]}` };
  expect((await fetch(`${gateway.url}/tasks`, { headers })).status).toBe(200);
  const listed = await run('list');
  expect(listed.output).toContain('claude desktop  owner ada  tasks:read  created ');
  expect(listed.output).not.toContain(created.output.split('\n')[0]!);
  const id = /keys revoke (\S+)/.exec(created.output)![1]!;
  expect((await run('revoke', id)).output).toContain(`Revoked claude desktop (${id})`);
  expect((await run('revoke', id)).code).toBe(1);
});

test('revokes by name, and accepts every option', async () => {
  const options = ['--rate-limit', '90', '--max-open-tasks', '5', '--expires-in-days', '30'];
  expect((await run('create', '--name', 'ci', ...options)).code).toBe(0);
  const { output } = await run('list');
  expect(output).toMatch(
    /ci {2}owner ci {2}tasks:read tasks:write, 90 requests a minute, 5 open tasks {2}created \S+, expires \S+/,
  );
  expect((await run('revoke', 'ci')).output).toContain('Revoked ci (');
  expect((await run('list')).output).toMatch(/ci {2}owner ci .*, revoked \S+/);
});

test('admin alone implies all scopes', async () => {
  const { output } = await run('create', '--name', 'ops', '--scopes', 'admin');
  expect(output).toContain('Owner ops, tasks:read tasks:write admin.');
});

test('without a database, says what it needs', async () => {
  const child = Bun.spawn([process.execPath, script, 'list'], {
    env: { PATH: process.env.PATH },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  expect(await new Response(child.stderr).text()).toContain('DATABASE_URL: is not set (where Postgres is');
  expect(await child.exited).toBe(1);
});

test.each([
  [['revoke', 'nobody'], /There is no key nobody to revoke/],
  [['create', '--name', 'x', '--rate-limit', '1e3'], /--rate-limit must be a whole number from 1/],
])('refuses %j with an explanation', async (args, reason) => {
  const { code, output, errors } = await run(...args);
  expect([code, output]).toEqual([1, '']);
  expect(errors).toMatch(reason);
  expect(errors).not.toMatch(/\n\s+at /);
});
