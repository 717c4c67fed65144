import { expect, test } from 'bun:test';
import { type Consumer, Kafka, logLevel, Partitioners } from 'kafkajs';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';

const TOPIC = 'journal';
const GROUP = 'readers';
const PARTITIONS = 3;
const KILLS = 3;
const ACKS_BETWEEN_KILLS = 150;

const broker = shared(startEmbeddedBroker);
const kafka = shared(() => {
  const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 50 };
  return new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING, retry });
});

/** Sends numbered records until told to stop, one at a time per partition; records what was acknowledged. */
async function startProducing() {
  const acknowledged = new Map<string, string>();
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  let running = true;
  const loop = async (partition: number) => {
    for (let n = 0; running; n++) {
      const value = `${partition}-${n}`;
      const [sent] = await producer.send({ topic: TOPIC, messages: [{ partition, value }] });
      acknowledged.set(value, `${partition}:${sent?.baseOffset}`);
    }
  };
  const loops = Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => loop(partition)));
  return {
    acknowledged,
    async stop() {
      running = false;
      await loops;
      await producer.disconnect();
    },
  };
}

/** Reads along and commits after each batch; records the last offset whose commit was acknowledged. */
async function startCommitting() {
  const committed = new Map<number, number>();
  const consumer = kafka.consumer({ groupId: GROUP, maxWaitTimeInMs: 100, heartbeatInterval: 300 });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const offset = Number(batch.lastOffset()) + 1;
      await consumer.commitOffsets([{ topic: TOPIC, partition: batch.partition, offset: String(offset) }]);
      committed.set(batch.partition, Math.max(committed.get(batch.partition) ?? 0, offset));
    },
  });
  return { committed, consumer };
}

/** Every record of the topic from the start, as value → its positions. */
async function readEverything(ends: Map<number, number>): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const reached = new Map<number, number>();
  const consumer: Consumer = kafka.consumer({ groupId: 'auditor', maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const value = String(message.value);
      found.set(value, [...(found.get(value) ?? []), `${partition}:${message.offset}`]);
      reached.set(partition, Number(message.offset) + 1);
    },
  });
  await eventually(
    'all partitions are read to their ends',
    () => [...ends].every(([partition, end]) => end === 0 || reached.get(partition) === end),
    { timeoutMs: 20_000 },
  );
  await consumer.disconnect();
  return found;
}

test('kill -9 under load loses no acknowledged record and no committed offset', async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
  const producing = await startProducing();
  const { committed, consumer } = await startCommitting();

  for (let kill = 0; kill < KILLS; kill++) {
    const enough = producing.acknowledged.size + ACKS_BETWEEN_KILLS;
    const commitsBefore = [...committed.values()].reduce((sum, offset) => sum + offset, 0);
    await eventually(
      'records are acknowledged and offsets committed',
      () =>
        producing.acknowledged.size >= enough &&
        [...committed.values()].reduce((sum, offset) => sum + offset, 0) > commitsBefore,
      { timeoutMs: 30_000, intervalMs: 1 },
    );
    await broker.kill('SIGKILL');
    const lastCommitted = new Map(committed);
    await broker.restart();
    const [stored] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
    for (const [partition, offset] of lastCommitted) {
      const found = stored?.partitions.find((entry) => entry.partition === partition);
      expect(Number(found?.offset)).toBeGreaterThanOrEqual(offset);
    }
  }
  await producing.stop();
  await consumer.disconnect();

  const ends = new Map(
    (await admin.fetchTopicOffsets(TOPIC)).map((entry) => [entry.partition, Number(entry.offset)]),
  );
  await admin.disconnect();
  const found = await readEverything(ends);
  const lost = [...producing.acknowledged.keys()].filter((value) => !found.has(value));
  expect(lost).toEqual([]);
  // Retries across the kills were recognised: no record is duplicated.
  expect([...found.values()].filter((places) => places.length > 1)).toEqual([]);
  // Each record is where its acknowledgement said.
  for (const [value, place] of producing.acknowledged) {
    expect(found.get(value)).toEqual([place]);
  }
  expect(producing.acknowledged.size).toBeGreaterThanOrEqual(KILLS * ACKS_BETWEEN_KILLS);
}, 120_000);
