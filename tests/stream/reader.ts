import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../waiting.ts';

export interface TopicMessage {
  key: string | undefined;
  value: string;
  partition: number;
}

/** Reads a topic from its beginning, in a group of its own, until what it has read is `enough`. */
export async function readTopic(
  brokers: string[],
  topic: string,
  enough: (messages: readonly TopicMessage[]) => boolean,
): Promise<TopicMessage[]> {
  const messages: TopicMessage[] = [];
  const consumer = kafka(brokers).consumer({ groupId: `reader-${Bun.randomUUIDv7()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message, partition }) => {
        messages.push({ key: message.key?.toString(), value: message.value?.toString() ?? '', partition });
      },
    });
    await eventually(`enough messages on ${topic}`, () => enough(messages), { timeoutMs: 20_000 });
    return messages;
  } finally {
    await consumer.disconnect();
  }
}

/** Puts raw values on a topic, readable or not. */
export async function writeRaw(brokers: string[], topic: string, values: (string | null)[]): Promise<void> {
  const producer = kafka(brokers).producer();
  await producer.connect();
  try {
    await producer.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });
  } finally {
    await producer.disconnect();
  }
}

export function kafka(brokers: string[]): Kafka {
  return new Kafka({ brokers, clientId: 'stream-suite-reader', logLevel: logLevel.NOTHING });
}
