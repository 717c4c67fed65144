import { expect, test } from 'bun:test';
import { createDatabase } from '@millrace/devstack';
import { startOwnPostgres } from '../own-postgres.ts';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';
import { call, connectOverHttp, connectOverStdio } from './connect.ts';
import { spawnMcpOverHttp, startMcpOverHttp } from './mcp-process.ts';
import { rawCall } from './raw-client.ts';

const UNREACHABLE = "Millrace's database cannot be reached. No task was lost: call again in a few seconds.";

const postgres = shared(startOwnPostgres);

test('over HTTP, an outage is reported and passes', async () => {
  await using mcp = await startMcpOverHttp({ DATABASE_URL: postgres.url });
  await using client = await connectOverHttp(mcp.url, 'modern');
  expect((await call(client, 'list_tasks')).isError).toBe(false);

  await postgres.kill();
  // Its sessions outlive it for a moment, and may answer once more.
  const refused = await eventually('a call fails', async () => {
    const answer = await call(client, 'list_tasks');
    return answer.isError && answer;
  });
  expect(refused.text).toBe(UNREACHABLE);
  const unready = await eventually('mcp is unready', async () => {
    const response = await fetch(`${mcp.origin}/health/ready`);
    return response.status === 503 && response;
  });
  expect(await unready.json()).toMatchObject({
    status: 'unready',
    dependencies: { postgres: { status: 'down', required: true } },
  });

  await postgres.start();
  await eventually('mcp serves again', async () => !(await call(client, 'list_tasks')).isError);
  expect((await fetch(`${mcp.origin}/health/ready`)).status).toBe(200);
}, 60_000);

test('over HTTP, it starts without Postgres, is unready, and migrates once Postgres is there', async () => {
  const url = await createDatabase(postgres.url, 'over_http');
  await postgres.stop();
  await using mcp = await spawnMcpOverHttp({ DATABASE_URL: url });
  expect((await fetch(`${mcp.origin}/health/ready`)).status).toBe(503);
  await using client = await connectOverHttp(mcp.url, 'modern');
  expect(await call(client, 'list_tasks')).toMatchObject({ isError: true, text: UNREACHABLE });
  await expect(client.readResource({ uri: 'tasks://recent' })).rejects.toThrow(UNREACHABLE);
  await expect(client.getPrompt({ name: 'summarize_queue' })).rejects.toThrow(UNREACHABLE);
  const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const followed = { method: 'tasks/get', params: { taskId: Bun.randomUUIDv7() }, capabilities };
  expect((await rawCall(mcp.url, followed)).error?.message).toBe(UNREACHABLE);

  await postgres.start();
  const ready = async () => (await fetch(`${mcp.origin}/health/ready`)).ok;
  await eventually('mcp is ready', ready, { timeoutMs: 20_000 });
  expect((await call(client, 'list_tasks')).structured).toMatchObject({ tasks: [], next_cursor: null });
}, 60_000);

test('over stdio, it starts without Postgres and migrates once that is there', async () => {
  const url = await createDatabase(postgres.url, 'over_stdio');
  await postgres.stop();
  await using client = await connectOverStdio(url, 'legacy');
  expect((await client.listTools()).tools).toHaveLength(11);
  expect(await call(client, 'list_tasks')).toMatchObject({ isError: true, text: UNREACHABLE });

  await postgres.start();
  await eventually('mcp serves', async () => !(await call(client, 'list_tasks')).isError);
  expect((await call(client, 'list_tasks')).structured).toMatchObject({ tasks: [], next_cursor: null });
}, 60_000);
