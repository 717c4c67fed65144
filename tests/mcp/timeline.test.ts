import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Client } from '@modelcontextprotocol/client';
import { replayedTask, resultOf } from '../db/task-histories.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { call, connectOverHttp } from './connect.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { type McpHttpProcess, startMcpOverHttp } from './mcp-process.ts';

let database: TestDatabase;
let proxy: CountingProxy;
let mcp: McpHttpProcess;
let client: Client;
let id: string;
beforeAll(async () => {
  database = await createTestDatabase();
  id = await replayedTask(database.db, [...Array(40).fill(resultOf(100_000)), null]);
  const url = new URL(database.url);
  proxy = await startCountingProxy(Number(url.port));
  url.port = String(proxy.port);
  mcp = await startMcpOverHttp({ DATABASE_URL: url.href });
  client = await connectOverHttp(mcp.url, 'modern');
}, 60_000);
afterAll(async () => {
  await client?.close();
  await mcp?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const timeline = async (args: object) =>
  (await call(client, 'get_task_timeline', { task_id: id, ...args })).structured;

test('only one page of a history of 4 MB is read', async () => {
  await timeline({ limit: 1 });
  const before = proxy.received();
  expect(await timeline({ offset: 2, limit: 4 })).toMatchObject({
    total: 81,
    next_offset: 6,
    entries: [
      { kind: 'attempt', attempt: 2, status: 'COMPLETED' },
      { kind: 'step', attempt: 2, seq: 2, output: { length: 100_000, truncated: true } },
      { kind: 'attempt', attempt: 3 },
      { kind: 'step', attempt: 3, seq: 3 },
    ],
  });
  expect(proxy.received() - before).toBeLessThan(250_000);
});

test('pages have every attempt and step once, in order, even those larger than a read', async () => {
  const seen: string[] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const { entries, next_offset }: Awaited<ReturnType<typeof timeline>> = await timeline({
      offset,
      limit: 50,
    });
    for (const { kind, attempt, seq } of entries) seen.push(`${kind} ${seq ?? attempt}`);
    offset = next_offset;
  }
  const completed = Array.from({ length: 40 }, (_, index) => [`attempt ${index + 1}`, `step ${index + 1}`]);
  expect(seen).toEqual([...completed.flat(), 'attempt 41']);
  const { contents } = await client.readResource({ uri: `task://${id}/timeline` });
  const lines = String(Object(contents[0]).text).split('\n');
  expect(lines.filter((line) => /^ *(Attempt|Step) /.test(line))).toHaveLength(81);
});
