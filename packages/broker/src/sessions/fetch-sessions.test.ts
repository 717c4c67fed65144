import { expect, test } from 'bun:test';
import { ApiKey } from '../server/apis.ts';
import { makeBatch } from '../testing/batches.ts';
import {
  createTopic,
  encodeSessionFetch,
  produce,
  receiveSessionFetch,
  type SessionFetch,
} from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import type { WireClient } from '../testing/wire-client.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { FetchSessions } from './fetch-sessions.ts';

/** Longer than any test may take. */
const ENDLESS_MS = 3_600_000;

/** Fetches partitions of the topic `t` in a session. */
async function fetchInSession(client: WireClient, fetch: SessionFetch) {
  client.send(ApiKey.Fetch, 11, encodeSessionFetch('t', fetch));
  const { error, sessionId, partitions } = await receiveSessionFetch(client);
  const told = partitions.map(({ index, error, highWatermark, records }) => {
    return { index, error, highWatermark, bytes: records.length };
  });
  return { error, sessionId, partitions: told.sort((a, b) => a.index - b.index) };
}

test('a session gets what has changed since, and only for what it follows', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't', 3);
  const first = await fetchInSession(client, { epoch: 0, offsets: { 0: 0, 1: 0, 2: 0 } });
  expect(first.sessionId).toBeGreaterThan(0);
  expect(first.partitions.map(({ index }) => index)).toEqual([0, 1, 2]);
  const id = first.sessionId;
  expect(await fetchInSession(client, { id, epoch: 1 })).toEqual({
    error: ErrorCode.NONE,
    sessionId: id,
    partitions: [],
  });
  const batch = makeBatch({ values: ['a'] });
  await produce(client, 't', Buffer.from(batch));
  const told = { index: 0, error: ErrorCode.NONE, highWatermark: 1, bytes: batch.length };
  expect((await fetchInSession(client, { id, epoch: 2 })).partitions).toEqual([told]);
  // No other offset was requested, so the first was not taken.
  expect((await fetchInSession(client, { id, epoch: 3 })).partitions).toEqual([told]);
  expect((await fetchInSession(client, { id, epoch: 4, offsets: { 0: 1 } })).partitions).toEqual([]);
});

test('it waits for the first record of any partition it follows', async () => {
  await using running = runBroker();
  const [consumer, producer] = [await running.connect(), await running.connect()];
  await createTopic(producer, 't', 2);
  const { sessionId: id } = await fetchInSession(consumer, { epoch: 0, offsets: { 0: 0, 1: 0 } });
  const waiting = fetchInSession(consumer, { id, epoch: 1, waitMs: ENDLESS_MS });
  await produce(producer, 't', makeBatch({ values: ['a'] }));
  expect((await waiting).partitions.map(({ index }) => index)).toEqual([0]);
}, 10_000);

test('a forgotten partition is not returned until it is requested again', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't', 2);
  const { sessionId: id } = await fetchInSession(client, { epoch: 0, offsets: { 0: 0, 1: 0 } });
  await produce(client, 't', makeBatch({ values: ['a'] }));
  expect((await fetchInSession(client, { id, epoch: 1, forgotten: [0] })).partitions).toEqual([]);
  const again = await fetchInSession(client, { id, epoch: 2, offsets: { 0: 0 } });
  expect(again.partitions.map(({ index, highWatermark }) => [index, highWatermark])).toEqual([[0, 1]]);
});

test.each([
  ['in a session', [0, 1, 2]],
  ['without one', [-1, -1, -1]],
])('each fetch gives what space there is to another partition first, %s', async (_name, epochs) => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't', 3);
  const batch = makeBatch({ values: ['a'] });
  for (const partition of [0, 1, 2]) await produce(client, 't', Buffer.from(batch), partition);
  const offsets = { 0: 0, 1: 0, 2: 0 };
  const served: number[][] = [];
  let id = 0;
  for (const epoch of epochs) {
    const fetched = await fetchInSession(client, { id, epoch, offsets, bytesMax: batch.length + 1 });
    id = fetched.sessionId;
    served.push(fetched.partitions.filter(({ bytes }) => bytes > 0).map(({ index }) => index));
  }
  expect(served.sort()).toEqual([[0], [1], [2]]);
});

test('an error is returned each time', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  const { sessionId: id } = await fetchInSession(client, { epoch: 0, offsets: { 0: 0 } });
  for (const epoch of [1, 2]) {
    const { partitions } = await fetchInSession(client, { id, epoch, offsets: { 0: 99 } });
    expect(partitions.map(({ error }) => error)).toEqual([ErrorCode.OFFSET_OUT_OF_RANGE]);
  }
});

test('a session that is unknown, ended or missed a fetch cannot continue', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  const begin = () => fetchInSession(client, { epoch: 0, offsets: { 0: 0 } });
  const { sessionId: id } = await begin();
  expect((await fetchInSession(client, { id, epoch: 2 })).error).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
  const ended = await fetchInSession(client, { id, epoch: -1, offsets: { 0: 0 } });
  expect([ended.sessionId, ended.partitions.length]).toEqual([0, 1]);
  expect((await fetchInSession(client, { id, epoch: 1 })).error).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  const second = await begin();
  // Another session in its place.
  const third = await fetchInSession(client, { id: second.sessionId, epoch: 0, offsets: { 0: 0 } });
  expect(third.sessionId).not.toBe(second.sessionId);
  const { error } = await fetchInSession(client, { id: second.sessionId, epoch: 1 });
  expect(error).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
});

test('a waiting fetch is told when another one continues its session', async () => {
  await using running = runBroker();
  const [first, second] = [await running.connect(), await running.connect()];
  await createTopic(first, 't', 2);
  await produce(first, 't', makeBatch({ values: ['a'] }));
  const { sessionId: id } = await fetchInSession(first, { epoch: 0, offsets: { 0: 1, 1: 0 } });
  const waiting = fetchInSession(first, { id, epoch: 1, waitMs: ENDLESS_MS });
  // Refused until the first one has arrived.
  const goOn = () => fetchInSession(second, { id, epoch: 2, offsets: { 0: 0 }, forgotten: [1] });
  while ((await goOn()).error !== ErrorCode.NONE);
  await produce(second, 't', makeBatch({ values: ['b'] }));
  expect(await waiting).toEqual({
    error: ErrorCode.INVALID_FETCH_SESSION_EPOCH,
    sessionId: 0,
    partitions: [],
  });
});

test('of too many sessions, the one idle longest is evicted', () => {
  const sessions = new FetchSessions();
  const topics = [{ name: 't', partitions: [{ index: 0, offset: 0, bytesMax: 1 }] }];
  const enter = (sessionId: number, sessionEpoch: number) =>
    sessions.enter({
      sessionId,
      sessionEpoch,
      topics,
      forgotten: [],
      waitMsMax: 0,
      bytesMin: 0,
      bytesMax: 0,
    });
  const begin = () => (enter(0, 0) as { id: number }).id;
  const [first, second] = [begin(), begin()];
  for (let count = 2; count < 200; count++) begin();
  expect(enter(first, 1)).toMatchObject({ id: first });
  begin();
  expect(enter(second, 1)).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  expect(enter(first, 2)).toMatchObject({ id: first });
});

test('the broker remembers only so many partitions', () => {
  const sessions = new FetchSessions();
  const partitions = (from: number, count: number) => [
    {
      name: 't',
      partitions: Array.from({ length: count }, (_, i) => ({ index: from + i, offset: 0, bytesMax: 1 })),
    },
  ];
  const base = { forgotten: [], waitMsMax: 0, bytesMin: 0, bytesMax: 0 };
  const enter = (sessionId: number, sessionEpoch: number, topics: ReturnType<typeof partitions>) =>
    sessions.enter({ ...base, sessionId, sessionEpoch, topics });
  expect(enter(0, 0, partitions(0, 1_001))).toBeUndefined();
  const { id } = enter(0, 0, partitions(0, 1_000)) as { id: number };
  expect(enter(id, 1, partitions(500, 500))).toMatchObject({ id });
  expect(enter(id, 2, partitions(1_000, 1))).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  expect(enter(id, 3, [])).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  const named = (name: string) => [{ name, partitions: partitions(0, 1)[0]!.partitions }];
  expect(enter(0, 0, named('x'.repeat(250)))).toBeUndefined();
  const second = enter(0, 0, named('t')) as { id: number };
  expect(enter(second.id, 1, named('x'.repeat(250)))).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
});
