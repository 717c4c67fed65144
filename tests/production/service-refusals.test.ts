import { describe, expect, test } from 'bun:test';
import { SERVICE_ROLES, type ServiceRole, submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { shareLogins } from './service-login.ts';

const database = shared(createTestDatabase);
const logins = shareLogins(database);

describe.each(['millrace_gateway', 'millrace_mcp'] as const)('%s', (role) => {
  test.each([
    ['a result', "update tasks set result = '{}'"],
    ['a completion', "update tasks set status = 'COMPLETED', due_at = null, finished_at = now()"],
    ['a failure', "update tasks set status = 'FAILED', due_at = null, finished_at = now()"],
  ])('cannot write an outcome: %s', async (_what, statement) => {
    await submit(logins[role].db, newTask());
    await expect(logins[role].db.sql.unsafe(statement).execute()).rejects.toThrow(
      /row-level security policy/,
    );
  });

  test.each([
    ['cannot submit a finished task', 'insert into tasks (status) values (null)'],
    ['cannot claim', 'update tasks set attempts = attempts + 1'],
    ['cannot grant a lease', "update tasks set executor = 'me'"],
    ['cannot rewrite a prompt', "update tasks set prompt = ''"],
    ['cannot delete a task', 'delete from tasks'],
    ['cannot change the history', 'delete from task_attempts'],
    ['cannot write a step', 'insert into task_steps (seq) values (1)'],
    ['cannot see model calls', 'select from model_calls'],
  ])('%s', (_what, statement) => refused(role, statement));
});

describe('millrace_gateway', () => {
  test.each([
    ['cannot create API keys', 'insert into api_keys (id) values (null)'],
    ['cannot revoke API keys', 'update api_keys set revoked_at = now()'],
    ['cannot give a task to another owner', "update tasks set owner = 'me'"],
  ])('%s', (_what, statement) => refused('millrace_gateway', statement));
});

describe('millrace_executor', () => {
  test.each([
    ['cannot submit', 'insert into tasks (id) values (null)'],
    ['cannot rewrite a prompt', "update tasks set prompt = ''"],
    ['cannot rewrite the history', "update task_attempts set outcome = 'LOST'"],
    ['cannot rewrite a step', "update task_steps set output = ''"],
    ['cannot read idempotency keys', 'select key from idempotency_keys'],
    ['cannot read API keys', 'select from api_keys'],
    ['cannot delete API keys', 'delete from api_keys'],
    ['cannot create API keys', 'insert into api_keys (id) values (null)'],
  ])('%s', (_what, statement) => refused('millrace_executor', statement));
});

describe.each(SERVICE_ROLES)('%s is not an administrator:', (role) => {
  test.each([
    ['cannot create a table', 'create table mine (id integer)'],
    ['cannot drop a table', 'drop table tasks'],
    ['cannot alter a table', 'alter table tasks disable row level security'],
    ['cannot truncate', 'truncate tasks cascade'],
    ['cannot write a migration', 'delete from drizzle.__drizzle_migrations'],
    ['cannot create a role', 'create role somebody'],
    ['cannot become another service', `set role ${SERVICE_ROLES.find((other) => other !== role)}`],
    ['cannot extend an API key', "update api_keys set scopes = '[]'"],
  ])('%s', (_what, statement) => refused(role, statement));
});

async function refused(role: ServiceRole, statement: string): Promise<void> {
  await expect(logins[role].db.sql.unsafe(statement).execute()).rejects.toThrow(
    /permission denied|must be owner/,
  );
}
