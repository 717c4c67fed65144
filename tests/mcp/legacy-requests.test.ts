import { beforeAll, describe, expect, test } from 'bun:test';
import { submit } from '@millrace/db';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { legacyPost, openSession } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { run } from './tasks.ts';

/** Requests of a session that are cancelled, or share an id: each of them ends. */

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

const pending = async () => (await submit(database.db, newTask())).id;
const waitFor = (task_id: string) => ({
  name: 'wait_for_task',
  arguments: { task_id, timeout_seconds: 50 },
});

test('cancelled calls leave no connections behind', async () => {
  await using proxy = await startTcpProxy(http.url.href);
  const errors: Error[] = [];
  const heard: string[] = [];
  const client = new Client({ name: 'millrace-tests', version: '1.0.0' });
  client.onerror = (error) => errors.push(error);
  client.fallbackNotificationHandler = async ({ params }) => void heard.push(String(params?.uri));
  await client.connect(new StreamableHTTPClientTransport(new URL(proxy.via(http.url.href))) as Transport);
  const task_id = await pending();
  await client.subscribeResource({ uri: `task://${task_id}` });
  const before = proxy.open;
  for (let i = 0; i < 10; i++) {
    const cancel = new AbortController();
    let begun = false;
    const call = client.callTool(waitFor(task_id), undefined, {
      signal: cancel.signal,
      onprogress: () => {
        begun = true;
      },
    });
    await eventually('the call is in progress', () => begun);
    cancel.abort('not needed any more');
    await expect(call).rejects.toThrow('not needed any more');
  }
  // One for a call and one for its cancellation, both reused.
  await eventually('the connections are used again or closed', () => proxy.open <= before + 2);
  // Nothing else of the session has ended: neither calls nor the stream of server messages.
  const call = client.callTool(waitFor(task_id));
  await run(database.db, task_id, '2');
  expect((await call).structuredContent).toMatchObject({ ended: true });
  await eventually('the client is notified of the change', () => heard.includes(`task://${task_id}`));
  expect(errors).toEqual([]);
  await client.close();
}, 60_000);

describe('in a session of revision 2025-03-26', () => {
  let session: Record<string, string>;
  beforeAll(async () => {
    session = await openSession(http.url, {}, '2025-03-26');
  });

  const post = (body: object, headers = session) => legacyPost(http.url, body, headers);
  async function expectRefused(answer: Promise<Response>, begin: string): Promise<void> {
    const response = await within('it is answered', 10_000, answer);
    const error = { code: -32600, message: expect.stringMatching(new RegExp(`^${begin}`)) };
    expect([response.status, await response.json()]).toEqual([400, { jsonrpc: '2.0', id: null, error }]);
  }
  const request = (id: number | string, method: string, params: object = {}) => ({
    jsonrpc: '2.0',
    id,
    method,
    params,
  });
  const cancel = (requestId: number | string) => ({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId },
  });

  test('the rest of a batch is answered, then its stream ends', async () => {
    const task_id = await pending();
    const response = await post([
      request(10, 'tools/call', waitFor(task_id)),
      request(11, 'tools/call', waitFor(task_id)),
      request(12, 'ping'),
    ]);
    expect((await post(cancel(10))).status).toBe(202);
    await run(database.db, task_id, '2');
    const text = await within('the stream ends', 10_000, response.text());
    const ids = [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => id);
    expect(ids).toEqual(['12', '11']);
  });

  test('the id of a cancelled request may be reused', async () => {
    // Nothing is sent before the stream ends, not even headers; a later request has been read by then.
    const ended = post(request('again', 'tools/call', waitFor(await pending())));
    await (await post(request(20, 'ping'))).text();
    await post(cancel('again'));
    const response = await within('the stream ends', 10_000, ended);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await (await post(request('again', 'ping'))).text()).toContain('"result":{}');
    await post(cancel('again'));
    expect(await (await post(request('again', 'ping'))).text()).toContain('"result":{}');
  });

  test('a second request with the id of one in progress is refused at once, and the first is answered', async () => {
    const task_id = await pending();
    const first = post([request(30, 'tools/call', waitFor(task_id)), request(31, 'ping')]);
    await (await post(request(32, 'ping'))).text();
    for (const body of [request(30, 'ping'), [request(33, 'ping'), request(30, 'tools/list')]]) {
      await expectRefused(post(body), 'Another request with the id 30 is under way in this session;');
    }
    await run(database.db, task_id, '2');
    const text = await within('the first is answered', 10_000, (await first).text());
    expect(text).toContain('"ended":true');
    expect(await (await post(request(30, 'ping'))).text()).toContain('"result":{}');
  });

  test('the id of a request refused as a whole may be reused', async () => {
    const refused = await post(request(50, 'ping'), { ...session, accept: 'application/json' });
    expect(refused.status).toBe(406);
    expect(await (await post(request(50, 'ping'))).text()).toContain('"result":{}');
  });

  test('a batch with a duplicate request id is refused, in a session and without one', async () => {
    const batch = [request(40, 'ping'), request('40', 'ping'), request(40, 'tools/list')];
    for (const headers of [session, {}]) {
      await expectRefused(post(batch, headers), 'Another request with the id 40 is in this batch;');
    }
    const text = await (await post(batch.slice(1))).text();
    expect([...text.matchAll(/"id":("?40"?)/g)].map(([, id]) => id).sort()).toEqual(['"40"', '40']);
  });
});
