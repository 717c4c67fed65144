import { expect, test } from 'bun:test';
import { newTaskId } from '@millrace/db';
import type { Client } from '@modelcontextprotocol/client';
import { makeKey, type TestKey } from '../access/make-key.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { connectOverHttp, type Era } from './connect.ts';
import { legacy, legacyPost } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';

/** How much of what all clients share one owner of keys may take over MCP. */

const database = shared(createTestDatabase);
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: database.url, MCP_AUTH: 'token' }));

const URIS_OF_ONE_SUBSCRIPTION = 50;
/** Half of the 500 that can be watched. */
const SHARE = 250;

async function connectAs(name: string, era: Era = 'modern'): Promise<Client> {
  const { key } = await makeKey(database.db, { name, scopes: ['tasks:read', 'admin'] });
  return connectOverHttp(mcp.url, era, key);
}

async function listenToTasks(client: Client, count: number): Promise<number> {
  const resourceSubscriptions = Array.from({ length: count }, () => `task://${newTaskId()}`);
  const { honoredFilter } = await client.listen({ resourceSubscriptions });
  return honoredFilter.resourceSubscriptions?.length ?? 0;
}

test("each request of a batch counts against its key's limit", async () => {
  const statusOf = async ({ headers }: TestKey, count: number) => {
    const pings = Array.from({ length: count }, () => legacy('ping'));
    const response = await legacyPost(mcp.url, pings, headers);
    await response.text();
    return response.status;
  };
  const ada = await makeKey(database.db, { name: 'ada', rate_limit: 6 });
  expect(await statusOf(ada, 4)).toBe(200);
  // Its first request is counted before the others have been read.
  expect([await statusOf(ada, 4), await statusOf(ada, 1), await statusOf(ada, 1)]).toEqual([429, 200, 429]);
  // A batch of more than a minute's worth uses up the whole minute.
  const bob = await makeKey(database.db, { name: 'bob', rate_limit: 6 });
  expect([await statusOf(bob, 50), await statusOf(bob, 1)]).toEqual([200, 429]);
});

test('of two owners that see all tasks, one that watches as many as allowed leaves the other its places', async () => {
  const [ada, bob] = [await connectAs('ada'), await connectAs('bob')];
  for (let watched = 0; watched < SHARE; watched += URIS_OF_ONE_SUBSCRIPTION) {
    expect(await listenToTasks(ada, URIS_OF_ONE_SUBSCRIPTION)).toBe(URIS_OF_ONE_SUBSCRIPTION);
  }
  expect(await listenToTasks(ada, 1)).toBe(0);
  expect(await listenToTasks(bob, 1)).toBe(1);
  await Promise.all([ada.close(), bob.close()]);
}, 30_000);

test('an owner beyond its share of watches is told what to do, and can subscribe once there is room', async () => {
  const client = await connectAs('cid', 'legacy');
  const uris = Array.from({ length: SHARE }, () => `task://${newTaskId()}`);
  await Promise.all(uris.map((uri) => client.subscribeResource({ uri })));
  const one = { uri: `task://${newTaskId()}` };
  await expect(client.subscribeResource(one)).rejects.toMatchObject({
    code: -32000,
    message: expect.stringContaining('unsubscribe from others'),
  });
  await client.unsubscribeResource({ uri: uris[0]! });
  await client.subscribeResource(one);
  await client.close();
}, 30_000);
