import { CompressionTypes, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { eventually } from '../../waiting.ts';
import {
  DEFAULT_MAX_WAIT_MS,
  type GroupMember,
  type GroupOptions,
  heartbeatIntervalMs,
  type KafkaClient,
  nextOffsets,
  type ProduceOptions,
  type ReceivedRecord,
} from './client.ts';
import { startMemberProcess } from './member-process.ts';
import { OpenMembers } from './open-members.ts';

export function kafkajsClient(bootstrap: string): KafkaClient {
  const kafka = new Kafka({
    brokers: [bootstrap],
    clientId: 'conformance-kafkajs',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 20 },
  });
  const producers = new Map<boolean, Promise<Producer>>();
  const members = new OpenMembers((options) => startMember(kafka, options));

  const connect = async (idempotent: boolean): Promise<Producer> => {
    const created = kafka.producer({ idempotent, createPartitioner: Partitioners.DefaultPartitioner });
    await created.connect();
    return created;
  };

  const producer = ({ idempotent = false }: ProduceOptions): Promise<Producer> => {
    const known = producers.get(idempotent) ?? connect(idempotent);
    producers.set(idempotent, known);
    return known;
  };

  return {
    name: 'kafkajs',
    async produce(topic, records, options = {}) {
      const messages = records.map(({ key = null, ...record }) => ({ ...record, key }));
      const compression = options.codec === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
      await (await producer(options)).send({ topic, messages, acks: -1, compression });
    },
    read: (topic, count) => members.read(topic, count),
    joinGroup: (options) => members.join(options),
    joinGroupInProcess: (options) => startMemberProcess('kafkajs', bootstrap, options),
    async close() {
      await members.leaveAll();
      await Promise.all([...producers.values()].map(async (open) => (await open).disconnect()));
    },
  };
}

async function startMember(kafka: Kafka, options: GroupOptions): Promise<GroupMember> {
  const { groupId, topic, sessionTimeoutMs, maxWaitMs = DEFAULT_MAX_WAIT_MS } = options;
  const received: ReceivedRecord[] = [];
  let partitions: number[] | undefined;
  let crash: Error | undefined;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: Math.max(sessionTimeoutMs, 5_000),
    heartbeatInterval: heartbeatIntervalMs(options),
    maxWaitTimeInMs: maxWaitMs,
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    partitions = (payload.memberAssignment[topic] ?? []).toSorted((a, b) => a - b);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    crash = payload.error;
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) {
        received.push({
          partition: batch.partition,
          offset: Number(message.offset),
          key: message.key,
          value: message.value,
          headers: Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
          ),
          timestampMs: Number(message.timestamp),
        });
      }
    },
  });
  await eventually(`kafkajs joins ${groupId}`, () => {
    if (crash && !partitions) {
      throw crash;
    }
    return partitions !== undefined;
  });
  return {
    received,
    get partitions() {
      return partitions ?? [];
    },
    async leave() {
      const offsets = [...nextOffsets(received)]
        .filter(([partition]) => partitions?.includes(partition))
        .map(([partition, offset]) => ({ topic, partition, offset: String(offset) }));
      if (offsets.length > 0) {
        await consumer.commitOffsets(offsets);
      }
      await consumer.disconnect();
    },
  };
}
