import { beforeAll, expect, test } from 'bun:test';
import { replayedTask, resultOf } from '../db/task-histories.ts';
import { shared } from '../shared.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase } from '../test-database.ts';
import { call, connectOverHttp } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';

const database = shared(createTestDatabase);
const proxy = shared(() => startTcpProxy(database.url));
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: proxy.via(database.url) }));
const client = shared(() => connectOverHttp(mcp.url, 'modern'));
let id: string;
beforeAll(async () => {
  id = await replayedTask(database.db, [...Array(40).fill(resultOf(100_000)), null]);
}, 60_000);

const timeline = async (args: object) =>
  (await call(client, 'get_task_timeline', { task_id: id, ...args })).structured;

test('only one page of a history of 4 MB is read', async () => {
  await timeline({ limit: 1 });
  const before = proxy.received;
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
  expect(proxy.received - before).toBeLessThan(250_000);
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
