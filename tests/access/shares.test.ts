import { beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import type { Task } from '@millrace/contracts';
import { problemIn } from '../gateway/gateway.ts';
import { startGateway } from '../gateway/gateway-process.ts';
import { lockTable } from '../open-transaction.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { makeKey, type TestKey } from './make-key.ts';

setDefaultTimeout(60_000);

let ada: TestKey;
let bob: TestKey;
const database = shared(createTestDatabase);
const gateway = shared(() =>
  startGateway({
    DATABASE_URL: database.url,
    GATEWAY_AUTH: 'keys',
    MAX_WAITERS: '4',
    MAX_EVENT_STREAMS: '4',
  }),
);
beforeAll(async () => {
  ada = await makeKey(database.db, { name: 'ada' });
  bob = await makeKey(database.db, { name: 'bob' });
}, 60_000);

const get = (path: string, { headers }: TestKey, signal?: AbortSignal) =>
  fetch(`${gateway.url}${path}`, { headers, signal: signal ?? null });
const post = (path: string, { headers }: TestKey, body?: unknown, more = {}, padding = '') =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: body === undefined ? null : JSON.stringify(body) + padding,
  });
const submitted = async (key: TestKey, more = {}) =>
  (await (await post('/tasks', key, { prompt: 'x' }, more)).json()) as Task;

async function expectShareTaken(response: Response, occupants: string): Promise<void> {
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await problemIn(response)).toMatchObject({
    status: 429,
    code: 'overloaded',
    detail: expect.stringContaining(`${occupants} of ada, as many as one owner may have,`),
  });
}

test('an owner with as many waits as allowed leaves others their places', async () => {
  const [own, foreign] = [await submitted(ada), await submitted(bob)];
  const gone = new AbortController();
  const waiting = [1, 2].map(() => get(`/tasks/${own.id}?wait=30`, ada, gone.signal).catch(() => null));
  const refused = await eventually('no more may wait', async () => {
    const response = await get(`/tasks/${own.id}?wait=1`, ada);
    return response.status === 429 && response;
  });
  await expectShareTaken(refused, '2 requests');
  // A preference that cannot be met is ignored.
  const preferring = await post('/tasks', ada, { prompt: 'x' }, { prefer: 'wait=30' });
  expect([preferring.status, preferring.headers.get('preference-applied')]).toEqual([202, null]);
  const answer = get(`/tasks/${foreign.id}?wait=30`, bob);
  const preferred = post('/tasks', bob, { prompt: 'x' }, { prefer: 'wait=1' });
  expect((await within('bob may wait', 20_000, preferred)).headers.get('preference-applied')).toBe('wait=1');
  await post(`/tasks/${foreign.id}/cancel`, bob);
  expect((await within('bob is answered', 20_000, answer)).status).toBe(200);
  gone.abort();
  await Promise.all(waiting);
  await eventually('there is a place again', async () => {
    return (await get(`/tasks/${own.id}?wait=1`, ada)).status === 200;
  });
});

test('an owner with as many watches as allowed leaves others their places', async () => {
  const [own, foreign] = [await submitted(ada), await submitted(bob)];
  // Kept: a response that is garbage closes its connection.
  const watching = [await get(`/tasks/${own.id}/events`, ada), await get(`/tasks/${own.id}/events`, ada)];
  await expectShareTaken(await get(`/tasks/${own.id}/events`, ada), '2 clients');
  watching.push(await get(`/tasks/${foreign.id}/events`, bob));
  expect(watching.map(({ status }) => status)).toEqual([200, 200, 200]);
  await Promise.all(watching.map(({ body }) => body!.cancel()));
  await eventually('there is a place again', async () => {
    const response = await get(`/tasks/${own.id}/events`, ada);
    await response.body?.cancel();
    return response.status === 200;
  });
});

test.each([
  ['/tasks', 1_500_000, { prompt: 'x' }, 202],
  ['/tasks/batch', 8_000_000, { tasks: [{ prompt: 'x' }] }, 207],
])("an owner's slow bodies for %s leave room for those of others", async (path, bytes, body, status) => {
  const send = (key: TestKey) => post(path, key, body, {}, ' '.repeat(bytes));
  const slow: Socket[] = [];
  try {
    const refused = await eventually('no more are read', async () => {
      const socket = connect(gateway.port, '127.0.0.1').on('error', () => undefined);
      slow.push(socket);
      const headers = Object.entries({ ...ada.headers, host: 'localhost', 'content-length': bytes });
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(`POST ${path} HTTP/1.1\r\n${lines}\r\n{`);
      const response = await send(ada);
      return response.status === 429 && response;
    });
    await expectShareTaken(refused, 'bytes of large bodies');
    expect((await within("bob's request is accepted", 5_000, send(bob))).status).toBe(status);
    expect((await within('a small one is taken', 5_000, post(path, ada, body))).status).toBe(status);
  } finally {
    for (const socket of slow) socket.destroy();
  }
  await eventually('there is room again', async () => (await send(ada)).status === status);
});

test('an owner with as many batches in progress as allowed leaves others their places', async () => {
  const small = { tasks: [{ prompt: 'x' }] };
  await using held = await lockTable(database.db, 'tasks');
  const ofAda = Array.from({ length: 5 }, () => post('/tasks/batch', ada, small));
  await expectShareTaken(await within('one is refused', 10_000, Promise.race(ofAda)), '4 batches');
  const ofBob = Array.from({ length: 4 }, () => post('/tasks/batch', bob, small));
  await held[Symbol.asyncDispose]();
  const statuses = (await Promise.all([...ofAda, ...ofBob])).map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(8).fill(207), 429]);
});

test('an owner reading as many histories as allowed leaves others their places', async () => {
  const [own, foreign] = [await submitted(ada), await submitted(bob)];
  await using held = await lockTable(database.db, 'task_attempts');
  const reads = (key: TestKey, { id }: Task) =>
    Array.from({ length: 17 }, (_, index) => get(`/tasks/${id}/${index % 2 ? 'attempts' : 'steps'}`, key));
  const ofAda = reads(ada, own);
  await expectShareTaken(await within('one is refused', 10_000, Promise.race(ofAda)), '16 histories');
  const ofBob = reads(bob, foreign);
  const refused = await within("one of bob's is refused", 10_000, Promise.race(ofBob));
  expect((await problemIn(refused)).detail).toStartWith('32 histories are in progress here');
  await held[Symbol.asyncDispose]();
  const statuses = (await Promise.all([...ofAda, ...ofBob])).map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(32).fill(200), 429, 429]);
});
