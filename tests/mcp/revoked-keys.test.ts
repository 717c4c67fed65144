import { expect, test } from 'bun:test';
import { revokeApiKeys, submit } from '@millrace/db';
import { makeKey } from '../access/make-key.ts';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { connectOverHttp } from './connect.ts';
import { legacy, legacyPost, openSession } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { follow, rawPost } from './raw-client.ts';
import { run } from './tasks.ts';
import { lastAsked, untilNothingIsWatched } from './watched-tasks.ts';

/** What a key may have open when it is revoked or expires. */

const ENDS_WITHIN_MS = 20_000;

const database = shared(createTestDatabase);
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: database.url, MCP_AUTH: 'token' }));

/** Everything that can stay open: a subscription of each era, and a call in progress. */
async function open(owner: string) {
  const { id: keyId, headers } = await makeKey(database.db, { name: owner });
  const { id: task_id } = await submit(database.db, newTask({ owner }));
  const uri = `task://${task_id}`;
  const session = await openSession(mcp.url, headers);
  const begunAt = performance.now();
  const post = (message: object) => legacyPost(mcp.url, message, session);
  await (await post(legacy('resources/subscribe', { uri }))).text();
  const hearing = await fetch(mcp.url, { headers: { ...session, accept: 'text/event-stream' } });
  const params = { notifications: { resourceSubscriptions: [uri] } };
  const listening = await rawPost(mcp.url, { method: 'subscriptions/listen', params }, headers);
  const subscribingMs = performance.now() - begunAt;
  const wait = { name: 'wait_for_task', arguments: { task_id, timeout_seconds: 50 } };
  const call = post(legacy('tools/call', wait));
  return {
    keyId,
    task_id,
    subscribingMs,
    streams: [follow(hearing), follow(listening)],
    call: call.then((response) => response.text()),
  };
}

test.concurrent.each<[string, (keyId: string) => Promise<unknown>]>([
  ['is revoked', (keyId) => revokeApiKeys(database.db, keyId)],
  [
    'expires',
    (keyId) => database.db.sql`
      update api_keys set expires_at = now() + interval '1 second' where id = ${keyId}`,
  ],
])(
  'the streams of a key that %s end, and its calls in progress are answered',
  async (how, end) => {
    const { keyId, task_id, subscribingMs, streams, call } = await open(how.replace(' ', '-'));
    const other = await open('other');
    await end(keyId);
    await within('its streams end', ENDS_WITHIN_MS, Promise.all(streams.map(({ ended }) => ended)));
    await run(database.db, task_id, '2');
    expect(await within('its call is answered', 10_000, call)).toContain('"ended":true');
    // After a first look that took longer, a change is reported in case there was one.
    if (subscribingMs < 1_000) expect(streams.map(({ updated }) => updated())).toEqual([[], []]);
    // Those of another key stay open, until the server stops.
    await run(database.db, other.task_id, '2');
    await eventually('both streams report changes', () =>
      other.streams.every(({ updated }) => updated().length > 0),
    );
    for (const { ended } of other.streams) ended.catch(() => {});
  },
  40_000,
);

test.concurrent('nothing is watched for a revoked key', async () => {
  await using own = await createTestDatabase();
  await using server = await startMcpOverHttp({ DATABASE_URL: own.url, MCP_AUTH: 'token' });
  const { id, key } = await makeKey(own.db);
  await using client = await connectOverHttp(server.url, 'legacy', key);
  const { id: task_id } = await submit(own.db, newTask({ owner: 'test' }));
  const before = await lastAsked(own.db);
  await client.subscribeResource({ uri: `task://${task_id}` });
  await eventually('it is watched', async () => (await lastAsked(own.db)) !== before);
  await revokeApiKeys(own.db, id);
  await untilNothingIsWatched(own.db, ENDS_WITHIN_MS);
}, 40_000);
