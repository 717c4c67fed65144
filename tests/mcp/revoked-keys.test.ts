import { afterAll, beforeAll, expect, test } from 'bun:test';
import { revokeApiKeys, submit } from '@millrace/db';
import { makeKey } from '../access/make-key.ts';
import { newTask } from '../db/new-task.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { connectOverHttp } from './connect.ts';
import { type McpHttpProcess, startMcpOverHttp } from './mcp-process.ts';
import { type RawMessage, rawPost, readEvents } from './raw-client.ts';
import { run } from './tasks.ts';
import { lastAsked, untilNothingIsWatched } from './watched-tasks.ts';

/** What a key may have open when it is revoked or expires. */

const ENDS_WITHIN_MS = 20_000;

let database: TestDatabase;
let mcp: McpHttpProcess;
beforeAll(async () => {
  database = await createTestDatabase();
  mcp = await startMcpOverHttp({ DATABASE_URL: database.url, MCP_AUTH: 'token' });
}, 60_000);
afterAll(async () => {
  await mcp?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** What arrives on a stream, for as long as it is open. */
function follow(response: Response) {
  const stream = { messages: [] as RawMessage[], ended: Promise.resolve() };
  stream.ended = (async () => {
    for await (const message of readEvents(response)) stream.messages.push(message);
  })();
  return stream;
}

const updates = ({ messages }: { messages: readonly RawMessage[] }) =>
  messages.filter(({ method }) => method === 'notifications/resources/updated').length;

/** Everything that can stay open: a subscription of each era, and a call in progress. */
async function open(owner: string) {
  const { id: keyId, headers } = await makeKey(database.db, { name: owner });
  const { id: task_id } = await submit(database.db, newTask({ owner }));
  const uri = `task://${task_id}`;
  const accept = 'application/json, text/event-stream';
  const post = (message: object, session = '') =>
    fetch(mcp.url, {
      method: 'POST',
      headers: { ...headers, accept, ...(session && { 'mcp-session-id': session }) },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
  const clientInfo = { name: 'raw', version: '1' };
  const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const opened = await post({ id: 0, method: 'initialize', params: initialize });
  await opened.text();
  const session = opened.headers.get('mcp-session-id')!;
  await (await post({ id: 1, method: 'resources/subscribe', params: { uri } }, session)).text();
  const hearing = await fetch(mcp.url, { headers: { ...headers, accept, 'mcp-session-id': session } });
  const params = { notifications: { resourceSubscriptions: [uri] } };
  const listening = await rawPost(mcp.url, { method: 'subscriptions/listen', params }, headers);
  const wait = { name: 'wait_for_task', arguments: { task_id, timeout_seconds: 50 } };
  const call = post({ id: 2, method: 'tools/call', params: wait }, session);
  return {
    keyId,
    task_id,
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
    const { keyId, task_id, streams, call } = await open(how.replace(' ', '-'));
    const other = await open('other');
    await end(keyId);
    await within('its streams end', ENDS_WITHIN_MS, Promise.all(streams.map(({ ended }) => ended)));
    await run(database.db, task_id, '2');
    expect(await within('its call is answered', 10_000, call)).toContain('"ended":true');
    expect(streams.map(updates)).toEqual([0, 0]);
    // Those of another key stay open, until the server stops.
    await run(database.db, other.task_id, '2');
    await eventually('both streams report changes', () =>
      other.streams.every((stream) => updates(stream) > 0),
    );
    for (const { ended } of other.streams) ended.catch(() => {});
  },
  40_000,
);

test('nothing is watched for a revoked key', async () => {
  await using own = await createTestDatabase();
  await using server = await startMcpOverHttp({ DATABASE_URL: own.url, MCP_AUTH: 'token' });
  const { id, key } = await makeKey(own.db);
  const client = await connectOverHttp(server.url, 'legacy', key);
  const { id: task_id } = await submit(own.db, newTask({ owner: 'test' }));
  const before = await lastAsked(own.db);
  await client.subscribeResource({ uri: `task://${task_id}` });
  await eventually('it is watched', async () => (await lastAsked(own.db)) !== before);
  await revokeApiKeys(own.db, id);
  await untilNothingIsWatched(own.db, ENDS_WITHIN_MS);
  await client.close();
}, 40_000);
