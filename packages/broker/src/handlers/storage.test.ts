import { expect, test } from 'bun:test';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiKey } from '../server/apis.ts';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, deleteTopic, fetch, produce } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { WireClient } from '../testing/wire-client.ts';
import { ErrorCode } from '../wire/error-codes.ts';

// A write fails here because a folder or file is in its way; a full disk is reported the same way.

async function partitionCount(client: WireClient, topic: string): Promise<number> {
  const reader = await client.call(ApiKey.Metadata, 4, (w) => {
    w.array([topic], (name) => w.string(name));
    w.boolean(true);
  });
  reader.int32();
  reader.array((r) => [r.int32(), r.string(), r.int32(), r.nullableString()]);
  reader.nullableString();
  reader.int32();
  const [found] = reader.array((r) => {
    const error = r.int16();
    r.string();
    r.boolean();
    const partitions = r.array((p) => {
      p.int16();
      p.int32();
      p.int32();
      p.array((a) => a.int32());
      p.array((a) => a.int32());
    });
    return error === ErrorCode.NONE ? partitions.length : -error;
  });
  return found!;
}

async function addPartitions(client: WireClient, topic: string, count: number): Promise<number> {
  const reader = await client.call(ApiKey.CreatePartitions, 1, (w) => {
    w.array([topic], (name) => {
      w.string(name);
      w.int32(count);
      w.arrayLength(-1);
    });
    w.int32(1000);
    w.boolean(false);
  });
  reader.int32();
  const [error] = reader.array((r) => {
    r.string();
    const code = r.int16();
    r.nullableString();
    return code;
  });
  return error!;
}

test('a topic that could not be stored does not exist: it takes no records that a restart would lose', async () => {
  using folder = temporaryFolder();
  const inTheWay = join(folder.path, 'topics');
  const settings = { dataDir: folder.path };
  {
    await using running = runBroker(settings);
    const client = await running.connect();
    rmSync(inTheWay, { recursive: true });
    writeFileSync(inTheWay, '');
    await expect(createTopic(client, 't')).rejects.toThrow(`error ${ErrorCode.KAFKA_STORAGE_ERROR}`);
    expect(await partitionCount(client, 't')).toBe(-ErrorCode.KAFKA_STORAGE_ERROR);
    const refused = await produce(client, 't', makeBatch({ values: ['a'] }));
    expect(refused.error).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    rmSync(inTheWay);
    await createTopic(client, 't');
    expect((await produce(client, 't', makeBatch({ values: ['b'] }))).error).toBe(ErrorCode.NONE);
  }
  await using running = runBroker(settings);
  expect(await fetch(await running.connect(), 't')).toMatchObject({
    error: ErrorCode.NONE,
    highWatermark: 1,
  });
});

test('partitions that could not be stored do not exist either', async () => {
  using folder = temporaryFolder();
  await using running = runBroker({ dataDir: folder.path });
  const client = await running.connect();
  await createTopic(client, 't', 2);
  const inTheWay = join(folder.path, 'topics', 't', 'topic.json.tmp');
  mkdirSync(inTheWay);
  expect(await addPartitions(client, 't', 3)).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect(await partitionCount(client, 't')).toBe(2);
  rmSync(inTheWay, { recursive: true });
  expect(await addPartitions(client, 't', 3)).toBe(ErrorCode.NONE);
  expect(await partitionCount(client, 't')).toBe(3);
});

test('a topic that could not be deleted still exists', async () => {
  using folder = temporaryFolder();
  await using running = runBroker({ dataDir: folder.path });
  const client = await running.connect();
  await createTopic(client, 't');
  await produce(client, 't', makeBatch({ values: ['a'] }));
  const inTheWay = join(folder.path, 'trash');
  writeFileSync(inTheWay, '');
  expect(await deleteTopic(client, 't')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect((await fetch(client, 't')).highWatermark).toBe(1);
  rmSync(inTheWay);
  expect(await deleteTopic(client, 't')).toBe(ErrorCode.NONE);
});

test('records that could not be stored are refused, and the broker logs where', async () => {
  using folder = temporaryFolder();
  await using running = runBroker({ dataDir: folder.path });
  const client = await running.connect();
  await createTopic(client, 't');
  const inTheWay = join(folder.path, 'topics', 't', '0');
  writeFileSync(inTheWay, '');
  const batch = makeBatch({ values: ['a'], producerId: 1, producerEpoch: 0, baseSequence: 0 });
  expect((await produce(client, 't', batch)).error).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect(running.logged.at(-1)).toMatchObject({
    msg: 'storage failed',
    fields: { topic: 't', partition: 0 },
  });
  rmSync(inTheWay);
  expect(await produce(client, 't', batch)).toEqual({ error: ErrorCode.NONE, baseOffset: 0 });
});

// For a path that is longer than the system allows, Bun's error does not name a system call.
test.skipIf(process.platform !== 'linux')('a topic whose path is too long could not be stored', async () => {
  using folder = temporaryFolder();
  const deep = Array.from({ length: 19 }, () => 'd'.repeat(200));
  await using running = runBroker({ dataDir: join(folder.path, ...deep) });
  const client = await running.connect();
  const tooLong = createTopic(client, 't'.repeat(249));
  await expect(tooLong).rejects.toThrow(`error ${ErrorCode.KAFKA_STORAGE_ERROR}`);
  await createTopic(client, 't');
});
