import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { migrate, ping, SERVICE_ROLES, submit } from '@millrace/db';
import { createDatabase, dropDatabase } from '@millrace/devstack';
import { newTask } from '../db/new-task.ts';
import { startOwnPostgres } from '../own-postgres.ts';
import { shared } from '../shared.ts';
import { openPool } from '../test-database.ts';
import { within } from '../waiting.ts';
import { runMigrate } from './migrate-process.ts';

const server = shared(startOwnPostgres);

const PASSWORDS = {
  GATEWAY_DB_PASSWORD: `it's "quoted" \\ $1`.replaceAll(' ', '_'),
  EXECUTOR_DB_PASSWORD: 'executor-secret',
  MCP_DB_PASSWORD: '%:@/?#[]!~',
};

function login(role: string, password: string): string {
  const url = new URL(server.url);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

async function reaches(url: string): Promise<true | string> {
  const db = openPool(url);
  try {
    await ping(db);
    return true;
  } catch (error) {
    return (error as Error & { code: string }).code;
  } finally {
    await db.close();
  }
}

test('if roles may not be created the database is migrated without them; an administrator can add them', async () => {
  const url = new URL(await createDatabase(server.url, 'managed'));
  const admin = openPool(url.href);
  await admin.sql`create role tenant login password 'tenant'`;
  await admin.sql`alter database managed owner to tenant`;
  url.username = url.password = 'tenant';
  await migrate(url.href);
  const tenant = openPool(url.href);
  await submit(tenant, newTask());
  await tenant.close();
  const state = () => admin.sql`
    select relrowsecurity as secured, (select count(*)::int from pg_roles where rolname like 'millrace\\_%') as roles
    from pg_class where oid = 'tasks'::regclass`;
  expect([...(await state())]).toEqual([{ secured: false, roles: 0 }]);
  for (let round = 0; round < 2; round++) {
    for (const grants of [
      '0004_reader_role',
      '0006_service_roles',
      '0008_count_grants',
      '0010_lane_grants',
    ]) {
      const file = `${grants}.sql`;
      await admin.sql.file(join(import.meta.dir, '../../packages/db/migrations', file));
    }
    expect([...(await state())]).toEqual([{ secured: true, roles: 4 }]);
  }
  const [may] =
    await admin.sql`select has_column_privilege('millrace_executor', 'tasks', 'result', 'update') as write`;
  expect(may?.write).toBe(true);
  const submitting = await admin.sql<{ role: string }[]>`
    select role from unnest(array['millrace_gateway', 'millrace_mcp']) as role
    where not has_column_privilege(role, 'tasks', 'lane', 'insert')`;
  expect([...submitting]).toEqual([]);
  // Ending, cancelling and replaying a task all count it.
  const counting = await admin.sql<{ role: string }[]>`
    select role from unnest(array['millrace_gateway', 'millrace_executor', 'millrace_mcp']) as role
    where not has_table_privilege(role, 'finished_counts', 'insert')`;
  expect([...counting]).toEqual([]);
  await admin.close();

  await dropDatabase(server.url, 'managed');
  const db = openPool(server.url);
  for (const role of ['tenant', 'millrace_reader', ...SERVICE_ROLES]) await db.sql`drop role ${db.sql(role)}`;
  await db.close();
}, 30_000);

test('databases of one cluster may be migrated concurrently before the roles exist', async () => {
  const names = Array.from({ length: 6 }, (_, index) => `together_${index}`);
  const urls = await Promise.all(names.map((name) => createDatabase(server.url, name)));
  await Promise.all(urls.flatMap((url) => [migrate(url), migrate(url)]));
  for (const url of urls) {
    const db = openPool(url);
    const [row] = await db.sql`
      select count(distinct grantee)::int as roles, pg_has_role('millrace_mcp', 'millrace_reader', 'member') as reads
      from information_schema.column_privileges
      where grantee like 'millrace\\_%' and table_name = 'tasks' and privilege_type = 'UPDATE' and grantor <> grantee`;
    expect(row).toEqual({ roles: SERVICE_ROLES.length, reads: true });
    await db.close();
  }
}, 60_000);

test('waits for Postgres, migrates, and gives each service the login whose password is set', async () => {
  await server.stop();
  const running = runMigrate({ DATABASE_URL: server.url, ...PASSWORDS, MCP_DB_PASSWORD: '' });
  await server.start();
  const { code, last, log } = await within('the migration ends', 30_000, running);
  expect({ code, msg: last.msg, logins: last.logins }).toEqual({
    code: 0,
    msg: 'the database is migrated',
    logins: ['millrace_gateway', 'millrace_executor'],
  });
  for (const password of Object.values(PASSWORDS)) expect(log).not.toContain(password);
  expect(await reaches(login('millrace_gateway', PASSWORDS.GATEWAY_DB_PASSWORD))).toBe(true);
  expect(await reaches(login('millrace_executor', PASSWORDS.EXECUTOR_DB_PASSWORD))).toBe(true);
  expect(await reaches(login('millrace_executor', PASSWORDS.GATEWAY_DB_PASSWORD))).toBe('28P01');
  expect(await reaches(login('millrace_mcp', PASSWORDS.MCP_DB_PASSWORD))).toBe('28P01');
}, 60_000);

test('passwords left as in .env.example are named in a warning, others are not', async () => {
  const warnings = ({ log }: Awaited<ReturnType<typeof runMigrate>>) =>
    log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ level, passwords }) => level === 'warn' && passwords);
  const copied = { ...PASSWORDS, GATEWAY_DB_PASSWORD: 'replace-me-gateway' };
  const [warning, ...more] = warnings(await runMigrate({ DATABASE_URL: server.url, ...copied }));
  expect(warning).toMatchObject({ passwords: ['GATEWAY_DB_PASSWORD'] });
  expect(more).toEqual([]);
  expect(warnings(await runMigrate({ DATABASE_URL: server.url, ...PASSWORDS }))).toEqual([]);
  // Refused by the server, but warned of first.
  const refused = await runMigrate({ DATABASE_URL: login('millrace_gateway', 'replace-me-postgres') });
  expect(warnings(refused)).toMatchObject([{ passwords: ['that in DATABASE_URL'] }]);
}, 60_000);

test('run again it changes only the passwords', async () => {
  const changed = { ...PASSWORDS, EXECUTOR_DB_PASSWORD: 'another-secret' };
  expect((await runMigrate({ DATABASE_URL: server.url, ...changed })).code).toBe(0);
  expect(await reaches(login('millrace_executor', 'executor-secret'))).toBe('28P01');
  expect(await reaches(login('millrace_executor', 'another-secret'))).toBe(true);
  expect(await reaches(login('millrace_gateway', PASSWORDS.GATEWAY_DB_PASSWORD))).toBe(true);
  expect(await reaches(login('millrace_mcp', PASSWORDS.MCP_DB_PASSWORD))).toBe(true);
  const db = openPool(server.url);
  const stored =
    await db.sql`select rolpassword from pg_authid where rolname in ${db.sql([...SERVICE_ROLES])}`;
  await db.close();
  expect(stored).toHaveLength(3);
  for (const { rolpassword } of stored) expect(rolpassword).toStartWith('SCRAM-SHA-256$4096:');
}, 60_000);

test.each([
  ['no database', {}, 'DATABASE_URL: is not set'],
  ['a short password', { DATABASE_URL: 'postgres://h/d', MCP_DB_PASSWORD: 'short' }, 'MCP_DB_PASSWORD: '],
  [
    'a login without the right',
    { as: 'millrace_executor' },
    'The login in DATABASE_URL may not give millrace_mcp',
  ],
  ['a wrong password', { as: 'millrace_gateway', password: 'wrong' }, 'the database is not migrated'],
])(
  'with %s it exits with 1 and says why',
  async (_what, environment: Record<string, string>, reason) => {
    const { as, password = 'another-secret', ...rest } = environment;
    const given = as ? { DATABASE_URL: login(as, password), MCP_DB_PASSWORD: 'long-enough' } : rest;
    const { code, last, log } = await runMigrate(given);
    expect(code).toBe(1);
    expect(last.level).toBe('error');
    expect(log).toContain(reason);
    expect(log).not.toContain('long-enough');
  },
  30_000,
);
