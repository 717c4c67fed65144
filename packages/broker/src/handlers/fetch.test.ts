import { expect, test } from 'bun:test';
import { isIntactBatch } from '../log/record-batch.ts';
import { ApiKey } from '../server/apis.ts';
import type { BrokerContext } from '../server/context.ts';
import { FetchSessions } from '../sessions/fetch-sessions.ts';
import { resolveSettings } from '../settings.ts';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, encodeFetch, fetch, produce, receiveFetch, sendFetch } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { TopicStore } from '../topics/topic-store.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { handleFetch } from './fetch.ts';

/** Longer than any test may take: a wait ends by what the test does, or the test fails. */
const ENDLESS_MS = 3_600_000;

test('a parked fetch waits for min_bytes, however many appends that takes', async () => {
  await using running = runBroker();
  const [consumer, producer] = [await running.connect(), await running.connect()];
  await createTopic(producer, 't');
  const batch = makeBatch({ values: ['x'.repeat(100)] });
  sendFetch(consumer, 't', { waitMs: ENDLESS_MS, bytesMin: batch.length * 3 });
  for (let count = 0; count < 3; count++) await produce(producer, 't', Buffer.from(batch));
  expect((await receiveFetch(consumer)).records.length).toBe(batch.length * 3);
}, 10_000);

test('once it is answered, the partition knows nothing of it any more', async () => {
  using folder = temporaryFolder();
  const settings = resolveSettings({ dataDir: folder.path });
  const topics = new TopicStore(folder.path, 8, settings.log);
  const { watchers } = topics.create('t', 1).partitions[0]!;
  const broker = { topics, settings, fetchSessions: new FetchSessions(), unsent: { bytes: 0 } };
  const writer = new Writer();
  encodeFetch('t', { waitMs: 1 })(writer);
  const client = { clientId: '', host: '', onDisconnect() {}, onOvertaken() {} };
  const answer = handleFetch(broker as unknown as BrokerContext, new Reader(writer.view()), 11, client);
  expect(watchers.size).toBe(1);
  await answer;
  expect(watchers.size).toBe(0);
  await topics.close();
});

test('it yields to another request behind it on the connection', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  sendFetch(client, 't', { waitMs: ENDLESS_MS });
  client.send(ApiKey.ApiVersions, 0);
  expect((await receiveFetch(client)).records.length).toBe(0);
  expect((await client.receive()).int32()).toBe(3);
}, 10_000);

test('it does not yield to another fetch: both wait', async () => {
  await using running = runBroker();
  const [consumer, producer] = [await running.connect(), await running.connect()];
  await createTopic(producer, 't');
  for (let i = 0; i < 2; i++) sendFetch(consumer, 't', { waitMs: ENDLESS_MS });
  await produce(producer, 't', makeBatch({ values: ['hello'] }));
  for (let i = 0; i < 2; i++) expect((await receiveFetch(consumer)).records.length).toBeGreaterThan(0);
});

test('it is answered when the topic is deleted', async () => {
  await using running = runBroker();
  const [consumer, admin] = [await running.connect(), await running.connect()];
  await createTopic(admin, 't');
  sendFetch(consumer, 't', { waitMs: ENDLESS_MS });
  await admin.call(ApiKey.DeleteTopics, 1, (w) => {
    w.array(['t'], (name) => w.string(name));
    w.int32(1000);
  });
  expect((await receiveFetch(consumer)).error).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

test('an offset outside the log is an error at once; its end is not', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  await produce(client, 't', makeBatch({ values: ['a', 'b'] }));
  expect((await fetch(client, 't', { offset: 2 })).error).toBe(ErrorCode.NONE);
  const errorAt = async (topic: string, offset: number) =>
    (await fetch(client, topic, { offset, waitMs: ENDLESS_MS })).error;
  expect(await errorAt('t', 3)).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  expect(await errorAt('t', -1)).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  expect(await errorAt('no-such-topic', 0)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
}, 10_000);

test('a response larger than the socket buffer arrives whole', async () => {
  await using running = runBroker({ fetchBytesMax: 64 * 1024 * 1024 });
  const [slow, producer] = [await running.connect(), await running.connect()];
  await createTopic(producer, 't');
  const batch = makeBatch({ values: [Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251))] });
  for (let i = 0; i < 7; i++) await produce(producer, 't', Buffer.from(batch));
  slow.socket.pause();
  for (let i = 0; i < 3; i++) sendFetch(slow, 't', { bytesMax: 64 * 1024 * 1024 });
  // Other clients are served meanwhile.
  expect((await fetch(producer, 't', { offset: 6 })).records.length).toBe(batch.length);
  slow.socket.resume();
  for (let i = 0; i < 3; i++) {
    const { records } = await receiveFetch(slow);
    expect(records.length).toBe(batch.length * 7);
    for (let at = 0; at < records.length; at += batch.length) {
      expect(isIntactBatch(records, at, records.length)).toBe(true);
    }
  }
});

test('many slow readers get smaller responses, and eventually everything they asked for', async () => {
  await using running = runBroker();
  const producer = await running.connect();
  await createTopic(producer, 't');
  const batch = makeBatch({ values: ['x'.repeat(500_000)] });
  for (let i = 0; i < 9; i++) await produce(producer, 't', Buffer.from(batch));
  const slow = await Promise.all(Array.from({ length: 20 }, () => running.connect()));
  for (const client of slow) {
    client.socket.pause();
    for (let i = 0; i < 3; i++) sendFetch(client, 't', { bytesMax: 4 * 1024 * 1024 });
  }
  expect((await fetch(producer, 't', { offset: 8 })).records.length).toBe(batch.length);
  for (const client of slow) {
    client.socket.resume();
    for (let i = 0; i < 3; i++) {
      const { records, error } = await receiveFetch(client);
      expect(error).toBe(ErrorCode.NONE);
      expect(records.length % batch.length).toBe(0);
      expect(records.length).toBeGreaterThan(0);
    }
  }
  // Nobody is slow any more.
  const { records } = await fetch(producer, 't', { bytesMax: 4 * 1024 * 1024 });
  expect(records.length).toBe(8 * batch.length);
  expect(running.logged.filter(({ msg }) => msg === 'a request failed')).toEqual([]);
});
