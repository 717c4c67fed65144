import { Consumer, type MessageToProduce, Producer } from '@platformatic/kafka';
import {
  DEFAULT_MAX_WAIT_MS,
  type GroupMember,
  type GroupOptions,
  heartbeatIntervalMs,
  type KafkaClient,
  nextOffsets,
  type OutgoingRecord,
  type ProduceOptions,
  type ReceivedRecord,
} from './client.ts';
import { startMemberProcess } from './member-process.ts';
import { OpenMembers } from './open-members.ts';

const CLIENT_ID = 'conformance-platformatic';

export function platformaticClient(bootstrap: string): KafkaClient {
  const producers = new Map<boolean, Producer>();
  const members = new OpenMembers((options) => startMember(bootstrap, options));

  const producer = ({ idempotent = false }: ProduceOptions): Producer => {
    const known = producers.get(idempotent);
    if (known) {
      return known;
    }
    const created = new Producer({
      clientId: CLIENT_ID,
      bootstrapBrokers: [bootstrap],
      idempotent,
      retries: 20,
      retryDelay: 200,
    });
    producers.set(idempotent, created);
    return created;
  };

  return {
    name: 'platformatic',
    async produce(topic, records, options = {}) {
      await producer(options).send({
        messages: records.map((record) => toMessage(topic, record)),
        acks: -1,
        compression: options.codec ?? 'none',
        autocreateTopics: true,
      });
    },
    read: (topic, count) => members.read(topic, count),
    joinGroup: (options) => members.join(options),
    joinGroupInProcess: (options) => startMemberProcess('platformatic', bootstrap, options),
    async close() {
      await members.leaveAll();
      await Promise.all([...producers.values()].map((open) => open.close()));
    },
  };
}

function toMessage(topic: string, { partition, key, value, headers }: OutgoingRecord): MessageToProduce {
  const message: MessageToProduce = { topic };
  if (partition !== undefined) {
    message.partition = partition;
  }
  if (key !== undefined && key !== null) {
    message.key = Buffer.from(key);
  }
  if (value !== null) {
    message.value = Buffer.from(value as string);
  }
  if (headers) {
    message.headers = new Map(
      Object.entries(headers).map(([name, content]) => [Buffer.from(name), Buffer.from(content)]),
    );
  }
  return message;
}

async function startMember(bootstrap: string, options: GroupOptions): Promise<GroupMember> {
  const { groupId, topic, sessionTimeoutMs, maxWaitMs = DEFAULT_MAX_WAIT_MS } = options;
  const received: ReceivedRecord[] = [];
  let failure: Error | undefined;
  const consumer = new Consumer({
    clientId: CLIENT_ID,
    bootstrapBrokers: [bootstrap],
    groupId,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: Math.max(sessionTimeoutMs, 5_000),
    heartbeatInterval: heartbeatIntervalMs(options),
    maxWaitTime: maxWaitMs,
    // Otherwise the stream ends with the first outage of the broker.
    retries: true,
    retryDelay: 200,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  });
  stream.on('error', (error) => {
    failure = error;
  });
  stream.on('data', (message) => {
    received.push({
      partition: message.partition,
      offset: Number(message.offset),
      key: message.key ?? null,
      value: message.value ?? null,
      headers: Object.fromEntries(
        [...message.headers].map(([name, content]) => [String(name), String(content)]),
      ),
      timestampMs: Number(message.timestamp),
    });
  });
  const partitions = (): number[] =>
    (consumer.assignments ?? [])
      .filter((assignment) => assignment.topic === topic)
      .flatMap((assignment) => assignment.partitions)
      .sort((a, b) => a - b);
  return {
    received,
    get partitions() {
      if (failure) {
        throw failure;
      }
      return partitions();
    },
    async leave() {
      const offsets = [...nextOffsets(received)]
        .filter(([partition]) => partitions().includes(partition))
        .map(([partition, offset]) => ({ topic, partition, offset: BigInt(offset), leaderEpoch: -1 }));
      if (offsets.length > 0) {
        await consumer.commit({ offsets });
      }
      await consumer.close(true);
    },
  };
}
