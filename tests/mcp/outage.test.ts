import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startPostgres } from '@millrace/devstack';
import { eventually } from '../waiting.ts';
import { call, connectOverHttp, connectOverStdio } from './connect.ts';
import { spawnMcpOverHttp, startMcpOverHttp } from './mcp-process.ts';

const UNREACHABLE = "Millrace's database cannot be reached. No task was lost: call again in a few seconds.";

/** A Postgres of the test's own, to be stopped and restarted on the same port and data. */
async function ownPostgres() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-mcp-'));
  const port = await freePort();
  const start = () => startPostgres({ dataDir: join(folder, 'data'), port, settings: { fsync: false } });
  let server = await start();
  return {
    url: server.url,
    async stop(signal: NodeJS.Signals) {
      server.kill(signal);
      await server.exited;
    },
    async start() {
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await server.stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test('over HTTP, an outage is reported and passes', async () => {
  await using postgres = await ownPostgres();
  await using mcp = await startMcpOverHttp({ DATABASE_URL: postgres.url });
  const client = await connectOverHttp(mcp.url, 'modern');
  expect((await call(client, 'list_tasks')).isError).toBe(false);

  await postgres.stop('SIGKILL');
  expect(await call(client, 'list_tasks')).toMatchObject({ isError: true, text: UNREACHABLE });
  const unready = await fetch(`${mcp.origin}/health/ready`);
  expect(unready.status).toBe(503);
  expect(await unready.json()).toMatchObject({
    status: 'unready',
    dependencies: { postgres: { status: 'down', required: true } },
  });

  await postgres.start();
  await eventually('mcp serves again', async () => !(await call(client, 'list_tasks')).isError);
  expect((await fetch(`${mcp.origin}/health/ready`)).status).toBe(200);
  await client.close();
}, 60_000);

test('over HTTP, it starts without Postgres, is unready, and migrates once Postgres is there', async () => {
  await using postgres = await ownPostgres();
  await postgres.stop('SIGINT');
  await using mcp = await spawnMcpOverHttp({ DATABASE_URL: postgres.url });
  expect((await fetch(`${mcp.origin}/health/ready`)).status).toBe(503);
  const client = await connectOverHttp(mcp.url, 'modern');
  expect(await call(client, 'list_tasks')).toMatchObject({ isError: true, text: UNREACHABLE });

  await postgres.start();
  const ready = async () => (await fetch(`${mcp.origin}/health/ready`)).ok;
  await eventually('mcp is ready', ready, { timeoutMs: 20_000 });
  expect((await call(client, 'list_tasks')).structured).toMatchObject({ tasks: [], next_cursor: null });
  await client.close();
}, 60_000);

test('over stdio, it starts without Postgres and migrates once that is there', async () => {
  await using postgres = await ownPostgres();
  await postgres.stop('SIGINT');
  const client = await connectOverStdio(postgres.url, 'legacy');
  expect((await client.listTools()).tools).toHaveLength(11);
  expect(await call(client, 'list_tasks')).toMatchObject({ isError: true, text: UNREACHABLE });

  await postgres.start();
  await eventually('mcp serves', async () => !(await call(client, 'list_tasks')).isError);
  expect((await call(client, 'list_tasks')).structured).toMatchObject({ tasks: [], next_cursor: null });
  await client.close();
}, 60_000);
