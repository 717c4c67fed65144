import { expect, test } from 'bun:test';
import { newTaskId, submit } from '@millrace/db';
import { makeKey } from '../access/make-key.ts';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { JSON_HEADERS, legacy, legacyPost, openSession } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { follow } from './raw-client.ts';
import { change } from './tasks.ts';

/** Sessions of the earlier revisions whose client has vanished silently, or seems to have. */

const database = shared(createTestDatabase);
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: database.url, MCP_AUTH: 'token' }));

/** Half of the 500 tasks that can be watched. */
const SHARE = 250;

async function open(keyHeaders: Readonly<Record<string, string>>) {
  const headers = await openSession(mcp.url, keyHeaders);
  const post = async (method: string, params: object = {}) => {
    const response = await legacyPost(mcp.url, legacy(method, params), headers);
    return { response, text: await response.text() };
  };
  return {
    post,
    subscribe: async (id = newTaskId()) => (await post('resources/subscribe', { uri: `task://${id}` })).text,
    /** Opens the stream of server-initiated messages. */
    async hear() {
      const cut = new AbortController();
      const stream = await fetch(mcp.url, { headers: { ...JSON_HEADERS, ...headers }, signal: cut.signal });
      const { messages, ended } = follow(stream);
      ended.catch(() => {});
      return { status: stream.status, messages, cut: () => cut.abort() };
    },
  };
}

test('sessions of vanished clients give up their places, longest unused first, and others keep theirs', async () => {
  const { headers } = await makeKey(database.db, { name: 'ada' });
  const live = await open(headers);
  const { id } = await submit(database.db, newTask({ owner: 'ada' }));
  await live.subscribe(id);
  const heard = await live.hear();
  const idle = await open(headers);
  const vanished = [];
  for (let count = 1; count < SHARE; count++) {
    const session = await open(headers);
    expect(await session.subscribe()).not.toContain('error');
    (await session.hear()).cut();
    vanished.push(session);
  }
  const comes = await open(headers);
  await eventually('there is room', async () => !(await comes.subscribe()).includes('-32000'));
  expect((await vanished[0]!.post('ping')).response.status).toBe(404);
  expect((await vanished[1]!.post('ping')).response.status).toBe(200);
  expect((await idle.post('ping')).response.status).toBe(200);
  await change(database.db, id);
  await eventually('the live one hears', () => heard.messages.length > 0);
}, 60_000);

test('a change while a session has no stream is reported once it has one', async () => {
  const { headers } = await makeKey(database.db, { name: 'cid' });
  const [cut, other] = [await open(headers), await open(headers)];
  const { id } = await submit(database.db, newTask({ owner: 'cid' }));
  await Promise.all([cut.subscribe(id), other.subscribe(id)]);
  const told = await other.hear();
  await change(database.db, id);
  await eventually('the server has noticed', () => told.messages.length > 0);
  const stream = await cut.hear();
  await eventually('the session is notified', () => stream.messages.length > 0);
  expect(stream.messages).toMatchObject([{ params: { uri: `task://${id}` } }]);
});

test('a session whose stream ended unnoticed is notified over the next one', async () => {
  const { headers } = await makeKey(database.db, { name: 'bob' });
  const session = await open(headers);
  const { id } = await submit(database.db, newTask({ owner: 'bob' }));
  await session.subscribe(id);
  await session.hear();
  const again = await session.hear();
  expect(again.status).toBe(200);
  await change(database.db, id);
  await eventually('the session is notified', () => again.messages.length > 0);
});

test('a notification over a stream that may have been dead is repeated over the next one', async () => {
  const { headers } = await makeKey(database.db, { name: 'dan' });
  const session = await open(headers);
  const { id } = await submit(database.db, newTask({ owner: 'dan' }));
  await session.subscribe(id);
  const dead = await session.hear();
  await change(database.db, id);
  await eventually('it was told', () => dead.messages.length > 0);
  const next = await session.hear();
  await eventually('it is told again', () => next.messages.length > 0);
  expect(next.messages).toMatchObject([{ params: { uri: `task://${id}` } }]);

  await session.post('resources/unsubscribe', { uri: `task://${id}` });
  const { id: other } = await submit(database.db, newTask({ owner: 'dan' }));
  await session.subscribe(other);
  await change(database.db, other);
  await eventually('it was told', () => next.messages.length > 1);
  const last = await session.hear();
  await eventually('it is told again', () => last.messages.length > 0);
  expect(last.messages).toMatchObject([{ params: { uri: `task://${other}` } }]);
});
