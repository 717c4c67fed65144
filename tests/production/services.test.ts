import { expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Task, TaskPage } from '@millrace/contracts';
import { makeKey } from '../access/make-key.ts';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { call, connectOverHttp } from '../mcp/connect.ts';
import { startOwnPostgres } from '../own-postgres.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { runMigrate } from './migrate-process.ts';
import { type ServiceProcess, spawnService } from './service-process.ts';

const SLOW = { timeoutMs: 20_000 };
const PASSWORDS = {
  GATEWAY_DB_PASSWORD: 'gateway-secret',
  EXECUTOR_DB_PASSWORD: 'executor-secret',
  MCP_DB_PASSWORD: 'mcp-secret',
};

test('services that may not migrate wait until the schema exists, then run under their own logins', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(await temporaryFolder());
  const server = cleanUp.use(await startOwnPostgres());
  const broker = cleanUp.use(await startEmbeddedBroker());
  const as = (role: string, password: string) => {
    const url = new URL(server.url);
    url.username = role;
    url.password = password;
    return { DATABASE_URL: url.href, MIGRATE: 'wait', KAFKA_BROKERS: broker.brokers.join() };
  };
  const start = async (...service: Parameters<typeof spawnService>) =>
    cleanUp.use(await spawnService(...service));
  const executorAs = {
    ...as('millrace_executor', PASSWORDS.EXECUTOR_DB_PASSWORD),
    WORKSPACE_DIR: join(folder.path, 'workspaces'),
    SIMULATED_LATENCY_MS: '300',
    LEASE_MS: '1500',
    DRAIN_TIMEOUT_MS: '0',
  };
  const gateway = await start('gateway', as('millrace_gateway', PASSWORDS.GATEWAY_DB_PASSWORD));
  const executor = await start('executor', executorAs);
  const mcp = await start('mcp', as('millrace_mcp', PASSWORDS.MCP_DB_PASSWORD));
  const services = [gateway, executor, mcp];

  const allSay = (status: number, detail: string | undefined) =>
    eventually(
      `all say ${detail ?? status}`,
      async () => {
        const reports = await Promise.all(services.map((service) => service.readiness()));
        for (const report of reports) {
          if (report?.status === status && report.postgres?.includes(detail ?? '') !== false) continue;
          throw new Error(JSON.stringify(reports));
        }
        return true;
      },
      SLOW,
    );

  // Nobody has migrated, so there are no logins.
  await allSay(503, 'Postgres refuses the login');
  const admin = cleanUp.use(openPool(server.url));
  expect((await runMigrate({ DATABASE_URL: server.url, ...PASSWORDS })).code).toBe(0);
  await allSay(200, undefined);

  const waiting = await start('executor', executorAs);
  await eventually(
    'a second executor is ready',
    async () => (await waiting.readiness())?.status === 200,
    SLOW,
  );
  waiting.signal('SIGTERM');
  expect(await within('the service exits', 15_000, waiting.exited)).toBe(0);

  const { key, headers } = await makeKey(admin, { expires_in_days: 1 });
  const post = async (path: string, body: object, more: Record<string, string> = {}) => {
    const answer = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Task & { results: unknown[] } };
  };
  const get = async <Body>(path: string) =>
    (await (await fetch(`${gateway.url}${path}`, { headers })).json()) as Body;
  const ended = (id: string) => get<Task>(`/tasks/${id}?wait=20`);

  const { body: first } = await post('/tasks', { prompt: 'calculate 2*(3+4)' }, { 'idempotency-key': 'one' });
  expect((await post('/tasks', { prompt: 'calculate 2*(3+4)' }, { 'idempotency-key': 'one' })).body.id).toBe(
    first.id,
  );
  expect((await ended(first.id)).result?.output).toContain('14');
  const batch = await post('/tasks/batch', { tasks: [{ prompt: '计算 1+1' }, { prompt: 'calculate 3+4' }] });
  expect(batch.status).toBe(207);
  const failed = await post('/tasks', { prompt: 'nothing that it understands' });
  expect((await ended(failed.body.id)).status).toBe('FAILED');
  expect((await post(`/tasks/${first.id}/retry`, {})).status).toBe(202);
  expect((await ended(first.id)).status).toBe('COMPLETED');
  expect((await get<{ attempts: unknown[] }>(`/tasks/${first.id}/attempts`)).attempts).toHaveLength(2);
  expect((await fetch(`${gateway.url}/tasks/${first.id}/steps`, { headers })).status).toBe(200);
  expect(await (await fetch(`${gateway.url}/tasks/${first.id}/events`, { headers })).text()).toContain(
    'event: ',
  );
  expect((await get<TaskPage>('/tasks?status=COMPLETED')).tasks).not.toBeEmpty();
  expect((await fetch(`${gateway.url}/stats`, { headers })).status).toBe(200);
  const slow = await post('/tasks', { prompt: 'x', model: 'simulated', run_at: '2100-01-01T00:00:00Z' });
  expect((await post(`/tasks/${slow.body.id}/cancel`, {})).body.status).toBe('CANCELLED');

  // An executor is killed while working: another takes over, under the same login.
  const orphan = await post('/tasks', { prompt: 'x', model: 'simulated' });
  await eventually(
    'the orphan runs',
    async () => (await get<Task>(`/tasks/${orphan.body.id}`)).status === 'RUNNING',
  );
  executor.signal('SIGKILL');
  const successor = await start('executor', executorAs);
  services[1] = successor;
  expect((await ended(orphan.body.id)).status).toBe('COMPLETED');

  await using client = await connectOverHttp(new URL('/mcp', mcp.url), 'modern', key);
  const submitted = await call(client, 'submit_task', { prompt: 'calculate 6*7', idempotency_key: 'mcp' });
  const { task_id } = submitted.structured;
  expect((await call(client, 'wait_for_task', { task_id })).text).toContain('42');
  for (const tool of ['get_task', 'get_task_result', 'get_task_timeline', 'retry_task', 'cancel_task']) {
    expect([tool, (await call(client, tool, { task_id })).isError]).toEqual([tool, false]);
  }
  for (const tool of ['list_tasks', 'get_queue_stats'])
    expect((await call(client, tool)).isError).toBe(false);

  expect(services.map((service) => complaints(service))).toEqual([[], [], []]);
  for (const service of services) service.signal('SIGTERM');
  for (const { exited } of services) expect(await within('the service exits', 15_000, exited)).toBe(0);
}, 120_000);

test('a waiting service exits at once on SIGTERM, and with MIGRATE=auto says which rights its login lacks', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const server = cleanUp.use(await startOwnPostgres());
  const environment = { DATABASE_URL: server.url, KAFKA_BROKERS: '127.0.0.1:1', MIGRATE: 'wait' };
  for (const name of ['gateway', 'executor', 'mcp'] as const) {
    const service = cleanUp.use(await spawnService(name, environment));
    const report = await eventually('it says what it waits for', () => service.readiness(), SLOW);
    expect(report.status).toBe(503);
    await eventually(
      'it says so',
      async () => (await service.readiness())?.postgres?.includes('bun run migrate creates it'),
      SLOW,
    );
    service.signal('SIGTERM');
    expect(await within('the service exits', 5_000, service.exited)).toBe(0);
  }

  const admin = openPool(server.url);
  await admin.sql`create role limited login password 'limited'`;
  await admin.close();
  const url = new URL(server.url);
  url.username = url.password = 'limited';
  const auto = { ...environment, MIGRATE: 'auto', DATABASE_URL: url.href };
  for (const name of ['gateway', 'executor'] as const) {
    const service = cleanUp.use(await spawnService(name, auto));
    expect(await within('the service exits', 15_000, service.exited)).toBe(1);
    expect(service.log()).toContain('with MIGRATE=wait a service leaves the schema to bun run migrate');
  }
}, 90_000);

/** What a service logs about permissions, and all its errors. */
function complaints(service: ServiceProcess): string[] {
  return service
    .log()
    .split('\n')
    .filter((line) => /permission denied|row-level security|"level":"error"/.test(line));
}
