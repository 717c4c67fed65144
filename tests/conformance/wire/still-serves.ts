import { Kafka, logLevel } from 'kafkajs';
import type { Lab } from '../lab.ts';

const topics = new WeakMap<Lab, string>();

/** Fails unless a client that connects now is served: metadata, and a record it writes. */
export async function stillServes(lab: Lab, { metadataOnly = false } = {}): Promise<void> {
  const topic = topics.get(lab) ?? (await lab.topic());
  topics.set(lab, topic);
  const kafka = new Kafka({
    brokers: [lab.bootstrap],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  });
  const client = metadataOnly ? kafka.admin() : kafka.producer();
  await client.connect();
  try {
    if ('describeCluster' in client) {
      await client.describeCluster();
    } else {
      await client.send({ topic, messages: [{ value: 'still here' }] });
    }
  } finally {
    await client.disconnect();
  }
}
