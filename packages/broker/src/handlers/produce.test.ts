import { expect, test } from 'bun:test';
import { ApiKey } from '../server/apis.ts';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, encodeProduce, fetch, produce } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ErrorCode } from '../wire/error-codes.ts';

test('a batch sent again after a clean restart is acknowledged with its first offset and stored once', async () => {
  using folder = temporaryFolder();
  const settings = { dataDir: folder.path };
  const batch = makeBatch({ values: ['a', 'b'], producerId: 1, producerEpoch: 0, baseSequence: 0 });
  {
    await using running = runBroker(settings);
    const client = await running.connect();
    await createTopic(client, 't');
    await produce(client, 't', Buffer.from(batch));
  }
  await using restarted = runBroker(settings);
  const client = await restarted.connect();
  expect(await produce(client, 't', batch)).toEqual({ error: 0, baseOffset: 0 });
  expect((await fetch(client, 't')).highWatermark).toBe(2);
});

function damaged(batch: Buffer): Buffer {
  batch[batch.length - 1]! ^= 1;
  return batch;
}

test.each([
  ['a damaged batch', damaged(makeBatch({ values: ['v'] })), ErrorCode.CORRUPT_MESSAGE],
  ['a batch over 1 MiB', makeBatch({ values: ['x'.repeat(1024 * 1024)] }), ErrorCode.MESSAGE_TOO_LARGE],
])('%s is refused and the connection stays open', async (_name, records, error) => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  expect((await produce(client, 't', records)).error).toBe(error);
  expect((await produce(client, 't', makeBatch({ values: ['good'] }))).baseOffset).toBe(0);
});

test('acks=0 gets no response; an error closes the connection instead', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  const batch = makeBatch({ values: ['v'] });
  client.send(ApiKey.Produce, 7, encodeProduce('t', batch, { acks: 0 }));
  expect((await fetch(client, 't')).highWatermark).toBe(1);
  client.send(ApiKey.Produce, 7, encodeProduce('nowhere', batch, { acks: 0 }));
  await client.closed;
  expect(running.logged.at(-1)?.fields.reason).toContain('UNKNOWN_TOPIC_OR_PARTITION');
});

test('versions older than record batches get an error, not a disconnect', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  const reader = await client.call(ApiKey.Produce, 2, (w) => {
    w.int16(1);
    w.int32(1000);
    w.array(['t'], (name) => {
      w.string(name);
      w.arrayLength(1);
      w.int32(0);
      w.bytes(Buffer.alloc(40));
    });
  });
  const outcomes = reader.array((t) => ({
    name: t.string(),
    partitions: t.array((p) => ({ index: p.int32(), error: p.int16() })),
  }));
  expect(outcomes[0]?.partitions[0]?.error).toBe(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT);
});
