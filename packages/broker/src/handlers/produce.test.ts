import { expect, test } from 'bun:test';
import { ApiKey } from '../server/apis.ts';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, fetch, produce } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { Writer } from '../wire/writer.ts';

const idempotent = (baseSequence: number, values = ['v']) =>
  makeBatch({ values, producerId: 1, producerEpoch: 0, baseSequence });

test('a batch sent again is acknowledged with its first offset and stored once', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  expect(await produce(client, 't', idempotent(0, ['a', 'b']))).toEqual({ error: 0, baseOffset: 0 });
  expect(await produce(client, 't', idempotent(2))).toEqual({ error: 0, baseOffset: 2 });
  expect(await produce(client, 't', idempotent(0, ['a', 'b']))).toEqual({ error: 0, baseOffset: 0 });
  expect((await fetch(client, 't')).highWatermark).toBe(3);
  expect((await produce(client, 't', idempotent(9))).error).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
});

test('a batch sent again after a clean restart is recognised, too', async () => {
  using folder = temporaryFolder();
  const settings = { dataDir: folder.path };
  {
    await using running = runBroker(settings);
    const client = await running.connect();
    await createTopic(client, 't');
    await produce(client, 't', idempotent(0, ['a', 'b']));
  }
  await using restarted = runBroker(settings);
  const client = await restarted.connect();
  expect(await produce(client, 't', idempotent(0, ['a', 'b']))).toEqual({ error: 0, baseOffset: 0 });
  expect((await fetch(client, 't')).highWatermark).toBe(2);
});

function damaged(batch: Buffer): Buffer {
  batch[batch.length - 1]! ^= 1;
  return batch;
}

test.each([
  ['a damaged batch', damaged(makeBatch({ values: ['v'] })), ErrorCode.CORRUPT_MESSAGE],
  ['an empty field', Buffer.alloc(0), ErrorCode.INVALID_RECORD],
  ['part of a header', Buffer.alloc(60, 2), ErrorCode.CORRUPT_MESSAGE],
  ['a batch without records', makeBatch({ values: [] }), ErrorCode.INVALID_RECORD],
  ['a batch of a producer without a sequence', idempotent(-1), ErrorCode.INVALID_RECORD],
  ['a batch over 1 MiB', makeBatch({ values: ['x'.repeat(1024 * 1024)] }), ErrorCode.MESSAGE_TOO_LARGE],
])('%s is refused and the connection stays open', async (_name, records, error) => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  expect((await produce(client, 't', records)).error).toBe(error);
  expect((await produce(client, 't', makeBatch({ values: ['good'] }))).baseOffset).toBe(0);
});

test('an unknown topic or partition is an error', async () => {
  await using running = runBroker();
  const client = await running.connect();
  const { error } = await produce(client, 'nowhere', makeBatch({ values: ['v'] }));
  expect(error).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

const produceBody = (acks: number, topic: string, records: Buffer) => (w: Writer) => {
  w.nullableString(null);
  w.int16(acks);
  w.int32(1000);
  w.array([topic], (name) => {
    w.string(name);
    w.arrayLength(1);
    w.int32(0);
    w.bytes(records);
  });
};

test('acks=0 gets no response; an error closes the connection instead', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  client.send(ApiKey.Produce, 7, produceBody(0, 't', makeBatch({ values: ['v'] })));
  expect((await fetch(client, 't')).highWatermark).toBe(1);
  client.send(ApiKey.Produce, 7, produceBody(0, 'nowhere', makeBatch({ values: ['v'] })));
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
