import { expect, test } from 'bun:test';
import { startOwnPostgres } from '../own-postgres.ts';
import { eventually, within } from '../waiting.ts';
import { problemIn } from './gateway.ts';
import { spawnGateway } from './gateway-process.ts';

const START_TIMEOUT = { timeoutMs: 20_000 };

test('starts without Postgres, is not ready, and serves once Postgres is there', async () => {
  await using postgres = await startOwnPostgres();
  await postgres.stop();
  await using gateway = await spawnGateway({ DATABASE_URL: postgres.url });
  await eventually(
    'the gateway is alive',
    async () => (await fetch(`${gateway.url}/health`)).ok,
    START_TIMEOUT,
  );
  expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(503);
  const refused = await gateway.submit('x');
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await problemIn(refused)).toMatchObject({ status: 503, code: 'database_unavailable' });
  expect((await fetch(`${gateway.url}/models`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/tasks/1/2/3`)).status).toBe(404);

  await postgres.start();
  await eventually('it is ready', async () => (await fetch(`${gateway.url}/health/ready`)).ok, START_TIMEOUT);
  expect((await gateway.submit('x')).status).toBe(202);
  expect(gateway.log()).not.toContain('"level":"error"');
  gateway.signal('SIGTERM');
  expect(await within('the gateway exits', 10_000, gateway.exited)).toBe(0);
}, 60_000);

test('can be stopped while waiting for Postgres, and exits at once if Postgres refuses it', async () => {
  await using waiting = await spawnGateway({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
  await eventually(
    'the gateway is alive',
    async () => (await fetch(`${waiting.url}/health`)).ok,
    START_TIMEOUT,
  );
  waiting.signal('SIGTERM');
  expect(await within('the gateway exits', 10_000, waiting.exited)).toBe(0);

  await using postgres = await startOwnPostgres();
  const unknown = postgres.url.replace(/[^/]+$/, 'no_such_database');
  await using refused = await spawnGateway({ DATABASE_URL: unknown });
  expect(await within('the gateway exits', 15_000, refused.exited)).toBe(1);
  expect(refused.log()).toContain('no_such_database');
}, 60_000);
