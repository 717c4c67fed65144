import { expect, test } from 'bun:test';
import { claim, newTaskId, submit } from '@millrace/db';
import type { Client } from '@modelcontextprotocol/client';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { connectOverHttp, connectOverStdio, hearUpdates } from './connect.ts';
import { initialize, legacy } from './legacy-client.ts';
import { driveByLines } from './line-process.ts';
import { spawnMcpOverStdio, startMcpOverHttp } from './mcp-process.ts';
import { follow, rawMessage, rawPost, updatedIn } from './raw-client.ts';
import { change, run } from './tasks.ts';
import { lastAsked, untilNothingIsWatched } from './watched-tasks.ts';

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

const pending = async () => (await submit(database.db, newTask())).id;

async function untilHeard(task_id: string, heard: () => boolean): Promise<void> {
  await change(database.db, task_id);
  await eventually(`a notification for ${task_id} arrives`, heard);
}

test('modern over HTTP: a stream reports only the resources it named', async () => {
  const [watched, other] = [await pending(), await pending()];
  const uri = `task://${watched}`;
  const notifications = { resourceSubscriptions: [uri, `task://${newTaskId()}`, 'file:///etc/passwd'] };
  const end = new AbortController();
  const response = await rawPost(
    http.url,
    { method: 'subscriptions/listen', params: { notifications } },
    {},
    end.signal,
  );
  const { messages, updated, ended } = follow(response);
  await eventually('it is acknowledged', () => messages.length > 0);
  // What cannot be watched is not acknowledged.
  expect(messages[0]).toMatchObject({
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications: { resourceSubscriptions: notifications.resourceSubscriptions.slice(0, 2) } },
  });
  await run(database.db, other, '2');
  await untilHeard(watched, () => updated().length > 0);
  expect(new Set(updated())).toEqual(new Set([uri]));
  end.abort();
  await ended.catch(() => {});
}, 60_000);

const uris = (count: number) => Array.from({ length: count }, () => `task://${newTaskId()}`);

test('50 resources may be named, and all are watched', async () => {
  await using client = await connectOverHttp(http.url, 'modern');
  const last = await pending();
  const resourceSubscriptions = [...uris(49), `task://${last}`];
  const heard = hearUpdates(client);
  // One named twice counts once.
  const named = [...resourceSubscriptions, `task://${last}`];
  const subscription = await client.listen({ resourceSubscriptions: named });
  expect(subscription.honoredFilter).toEqual({ resourceSubscriptions });
  await untilHeard(last, () => heard.includes(`task://${last}`));
}, 60_000);

test.each<[string, () => Promise<Client>]>([
  ['HTTP', () => connectOverHttp(http.url, 'modern')],
  ['stdio', () => connectOverStdio(database.url, 'modern')],
])(
  'modern over %s: 51 resources are refused, naming the limit',
  async (_transport, connect) => {
    const client = await connect();
    const refused = expect(client.listen({ resourceSubscriptions: uris(51) })).rejects;
    await refused.toMatchObject({ code: -32602, message: expect.stringContaining('up to 50 resources') });
    await client.close();
  },
  60_000,
);

test('a watch ends with its stream: Postgres is not queried any more', async () => {
  const notifications = { resourceSubscriptions: [`task://${await pending()}`] };
  const end = new AbortController();
  const request = { method: 'subscriptions/listen', params: { notifications } };
  const response = await rawPost(http.url, request, {}, end.signal);
  // A response that nobody reads may be collected, and its connection closed, at any time.
  const reading = response.text().catch(() => {});
  const before = await lastAsked(database.db);
  await eventually('it is watched', async () => (await lastAsked(database.db)) !== before);
  end.abort();
  await reading;
  await untilNothingIsWatched(database.db);
}, 60_000);

test('over stdio, a subscription that is refused is not watched', async () => {
  await using server = driveByLines(spawnMcpOverStdio(database.url));
  await server.ask(initialize());
  const notifications = { resourceSubscriptions: [`task://${await pending()}`] };
  // Of a later revision than this connection's.
  const refused = await server.ask(legacy('subscriptions/listen', { notifications }));
  expect(refused.error?.code).toBe(-32601);
  await untilNothingIsWatched(database.db);
}, 60_000);

test.concurrent.each<[string, () => Promise<Client>]>([
  ['HTTP, modern', () => connectOverHttp(http.url, 'modern')],
  ['HTTP, legacy', () => connectOverHttp(http.url, 'legacy')],
  ['stdio, modern', () => connectOverStdio(database.url, 'modern')],
  ['stdio, legacy', () => connectOverStdio(database.url, 'legacy')],
])(
  'over %s: a task that ends right after it was read is reported',
  async (how, connect) => {
    const client = await connect();
    const heard = hearUpdates(client);
    const task = await pending();
    const uri = `task://${task}`;
    if (how.endsWith('modern')) await client.listen({ resourceSubscriptions: [uri] });
    else await client.subscribeResource({ uri });
    expect(JSON.stringify(await client.readResource({ uri }))).toContain('PENDING');
    await run(database.db, task, '2');
    await eventually('the end is reported', () => heard.includes(uri));
    await client.close();
  },
  20_000,
);

test.concurrent.each<[string, () => Promise<Client>]>([
  ['HTTP', () => connectOverHttp(http.url, 'legacy')],
  ['stdio', () => connectOverStdio(database.url, 'legacy')],
])(
  'legacy over %s: subscribe, hear, unsubscribe',
  async (_transport, connect) => {
    const client = await connect();
    const heard = hearUpdates(client);
    const [first, second] = [await pending(), await pending()];
    await client.subscribeResource({ uri: `task://${first}/timeline` });
    await untilHeard(first, () => heard.includes(`task://${first}/timeline`));
    await client.unsubscribeResource({ uri: `task://${first}/timeline` });
    await client.subscribeResource({ uri: `task://${second}` });
    const count = heard.length;
    await claim(database.db, { task_id: first, executor: 'a', lease_ms: 60_000 });
    await untilHeard(second, () => heard.includes(`task://${second}`));
    expect(heard.slice(count)).not.toContain(`task://${first}/timeline`);
    await expect(client.subscribeResource({ uri: 'file:///x' })).rejects.toThrow(
      'Resource not found: file:///x',
    );
    await client.close();
  },
  60_000,
);

const startServer = () => driveByLines(spawnMcpOverStdio(database.url, { LOG_LEVEL: 'error' }));

test('modern over stdio: a subscription cancelled at once is not acknowledged', async () => {
  const { child, messages, write } = startServer();
  const task = await pending();
  const params = { notifications: { resourceSubscriptions: [`task://${task}`] } };
  const listen = rawMessage({ method: 'subscriptions/listen', params });
  const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: listen.id } };
  const wait = { name: 'wait_for_task', arguments: { task_id: task, timeout_seconds: 1 } };
  const later = rawMessage({ method: 'tools/call', params: wait });
  const first = rawMessage({ method: 'tools/list' });
  write([first, listen, cancel, later].map((message) => `${JSON.stringify(message)}\n`).join(''));
  await eventually('a second has passed', () => messages.some(({ id }) => id === later.id));
  expect(messages.map(({ method }) => method)).not.toContain('notifications/subscriptions/acknowledged');
  await child.stdin.end();
}, 20_000);

test('modern over stdio: a subscription sent first is not overtaken by a request of an earlier revision', async () => {
  const { child, messages, write } = startServer();
  const params = { notifications: { resourceSubscriptions: ['tasks://recent'] } };
  const listen = rawMessage({ method: 'subscriptions/listen', params });
  const opening = initialize();
  write(`${JSON.stringify(listen)}\n${JSON.stringify(opening)}\n`);
  await eventually('both are answered', () => messages.length === 2);
  expect(messages[0]!.method).toBe('notifications/subscriptions/acknowledged');
  // The error names the revisions that this connection speaks.
  expect(messages[1]).toMatchObject({ id: opening.id, error: { data: { supported: ['2026-07-28'] } } });
  await child.stdin.end();
}, 20_000);

test('modern over stdio: a listen request, until it is cancelled', async () => {
  const { child, messages, send, ask } = startServer();
  const task = await pending();
  const resourceSubscriptions = [`task://${task}`, 'tasks://recent'];
  const params = { notifications: { resourceSubscriptions: ['file:///x', ...resourceSubscriptions] } };
  const listen = rawMessage({ method: 'subscriptions/listen', params });
  send(listen);
  await eventually('it is acknowledged', () => messages.length > 0);
  // What cannot be watched is not.
  expect(messages[0]).toMatchObject({ params: { notifications: { resourceSubscriptions } } });
  await untilHeard(task, () => updatedIn(messages).includes(`task://${task}`));
  await eventually('the list is reported too', () => updatedIn(messages).includes('tasks://recent'));
  send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: listen.id } });
  // Answered after the cancellation was read.
  await ask(rawMessage({ method: 'tools/list' }));
  const count = updatedIn(messages).length;
  await change(database.db, task);
  const later = rawMessage({
    method: 'tools/call',
    params: { name: 'wait_for_task', arguments: { task_id: task, timeout_seconds: 1 } },
  });
  await ask(later);
  expect(updatedIn(messages)).toHaveLength(count);
  await child.stdin.end();
  expect(await child.exited).toBe(0);
}, 60_000);
