import { expect, test } from 'bun:test';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, deleteTopic, fetch, produce } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { TOPIC_DEFAULTS } from './topic-config.ts';
import { TopicStore } from './topic-store.ts';

test('nothing of a topic whose file is unreadable comes back in a new topic of that name', async () => {
  using folder = temporaryFolder();
  using afterKill = temporaryFolder();
  {
    await using running = runBroker({ dataDir: folder.path });
    const client = await running.connect();
    await createTopic(client, 't');
    for (const value of ['a', 'b', 'c']) await produce(client, 't', makeBatch({ values: [value] }));
  }
  writeFileSync(join(folder.path, 'topics', 't', 'topic.json'), '');
  const batch = makeBatch({ values: ['d'] });
  {
    await using running = runBroker({ dataDir: folder.path });
    const client = await running.connect();
    await createTopic(client, 't');
    await produce(client, 't', Buffer.from(batch));
    cpSync(folder.path, afterKill.path, { recursive: true });
    rmSync(join(afterKill.path, 'lock'));
  }
  await using restarted = runBroker({ dataDir: afterKill.path });
  const { highWatermark, records } = await fetch(await restarted.connect(), 't');
  expect({ highWatermark, bytes: records.length }).toEqual({ highWatermark: 1, bytes: batch.length });
});

test('a topic that is deleted and created again keeps its new records over a restart', async () => {
  using folder = temporaryFolder();
  const settings = { dataDir: folder.path };
  {
    await using running = runBroker(settings);
    const client = await running.connect();
    await createTopic(client, 't');
    await produce(client, 't', makeBatch({ values: ['old', 'older'] }));
    await deleteTopic(client, 't');
    await createTopic(client, 't');
    await produce(client, 't', makeBatch({ values: ['new'] }));
  }
  await using restarted = runBroker(settings);
  expect((await fetch(await restarted.connect(), 't')).highWatermark).toBe(1);
});

test('settings apply to present partitions, and stay with more partitions and after a restart', async () => {
  using folder = temporaryFolder();
  const topics = new TopicStore(folder.path, 8, () => {});
  const topic = topics.create('t', 1);
  const applied = () => topic.partitions.map(({ log }) => log.config['retention.ms']);
  topics.reconfigure(topic, { 'retention.ms': 5000 });
  topics.addPartitions(topic, 2);
  expect(applied()).toEqual([5000, 5000]);
  const reopened = new TopicStore(folder.path, 8, () => {}).get('t');
  expect(reopened?.partitions.map(({ log }) => log.config['retention.ms'])).toEqual([5000, 5000]);
  topics.reconfigure(topic, {});
  const { 'retention.ms': byDefault } = TOPIC_DEFAULTS;
  expect(applied()).toEqual([byDefault, byDefault]);
});

test('records that became too old while the broker was stopped are deleted at its start', async () => {
  using folder = temporaryFolder();
  {
    await using running = runBroker({ dataDir: folder.path });
    const client = await running.connect();
    await createTopic(client, 't');
    await produce(client, 't', makeBatch({ values: ['old'], baseTimestamp: 0 }));
  }
  await using restarted = runBroker({ dataDir: folder.path });
  expect((await fetch(await restarted.connect(), 't')).error).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
});

test('a start that fails leaves the data folder free', async () => {
  using folder = temporaryFolder();
  await using other = runBroker();
  expect(() => runBroker({ dataDir: folder.path, port: other.broker.port })).toThrow('Failed to listen');
  await using running = runBroker({ dataDir: folder.path });
  await createTopic(await running.connect(), 't');
});
