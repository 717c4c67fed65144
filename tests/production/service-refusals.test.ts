import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { SERVICE_ROLES, type ServiceRole, submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { loginAs, type ServiceLogin } from './service-login.ts';

let database: TestDatabase;
const logins = {} as Record<ServiceRole, ServiceLogin>;
beforeAll(async () => {
  database = await createTestDatabase();
  for (const role of SERVICE_ROLES) logins[role] = await loginAs(database, role);
}, 60_000);
afterAll(async () => {
  for (const login of Object.values(logins)) await login[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

describe.each(['millrace_gateway', 'millrace_mcp'] as const)('%s', (role) => {
  test.each([
    ['a result', "update tasks set result = '{}'"],
    ['a completion', "update tasks set status = 'COMPLETED', due_at = null, finished_at = now()"],
    ['a failure', "update tasks set status = 'FAILED', due_at = null, finished_at = now()"],
  ])('writes no outcome: %s', async (_what, statement) => {
    await submit(logins[role].db, newTask());
    await expect(logins[role].db.sql.unsafe(statement).execute()).rejects.toThrow(
      /row-level security policy/,
    );
  });

  test.each([
    ['submits no finished task', 'insert into tasks (status) values (null)'],
    ['claims nothing', 'update tasks set attempts = attempts + 1'],
    ['gives no lease', "update tasks set executor = 'me'"],
    ['rewrites no prompt', "update tasks set prompt = ''"],
    ['deletes no task', 'delete from tasks'],
    ['changes no history', 'delete from task_attempts'],
    ['writes no step', 'insert into task_steps (seq) values (1)'],
    ['sees no calls of models', 'select from model_calls'],
  ])('%s', (_what, statement) => refused(role, statement));
});

describe('millrace_gateway', () => {
  test.each([
    ['makes no API keys', 'insert into api_keys (id) values (null)'],
    ['revokes no API keys', 'update api_keys set revoked_at = now()'],
    ['gives no task to somebody else', "update tasks set owner = 'me'"],
  ])('%s', (_what, statement) => refused('millrace_gateway', statement));
});

describe('millrace_executor', () => {
  test.each([
    ['submits nothing', 'insert into tasks (id) values (null)'],
    ['rewrites no prompt', "update tasks set prompt = ''"],
    ['rewrites no history', "update task_attempts set outcome = 'LOST'"],
    ['rewrites no step', "update task_steps set output = ''"],
    ['reads no idempotency keys', 'select key from idempotency_keys'],
    ['reads no API keys', 'select from api_keys'],
    ['deletes no API keys', 'delete from api_keys'],
    ['makes no API keys', 'insert into api_keys (id) values (null)'],
  ])('%s', (_what, statement) => refused('millrace_executor', statement));
});

describe.each(SERVICE_ROLES)('%s is not an administrator:', (role) => {
  test.each([
    ['creates no table', 'create table mine (id integer)'],
    ['drops no table', 'drop table tasks'],
    ['alters no table', 'alter table tasks disable row level security'],
    ['truncates nothing', 'truncate tasks cascade'],
    ['writes no migration', 'delete from drizzle.__drizzle_migrations'],
    ['makes no role', 'create role somebody'],
    ['becomes no other service', `set role ${SERVICE_ROLES.find((other) => other !== role)}`],
    ['gives no API key more', "update api_keys set scopes = '[]'"],
  ])('%s', (_what, statement) => refused(role, statement));
});

async function refused(role: ServiceRole, statement: string): Promise<void> {
  await expect(logins[role].db.sql.unsafe(statement).execute()).rejects.toThrow(
    /permission denied|must be owner/,
  );
}
