import type { Logger } from '@millrace/contracts';
import { type Admin, type ITopicMetadata, KafkaJSAggregateError } from 'kafkajs';
import { TOPICS, type Topic } from '../topics.ts';
import { type ClientOptions, createKafkaClient } from './kafka-client.ts';
import { isRefusal } from './stream-error.ts';

const LEADERS_TIMEOUT_MS = 5_000;
const LEADERS_INTERVAL_MS = 50;

/**
 * Creates missing topics and waits until all their partitions have leaders. Any number of processes may do
 * this at once; existing topics are left unchanged. Rejects if the broker is unreachable or refuses.
 */
export async function ensureTopics(options: ClientOptions, topics: readonly Topic[] = TOPICS): Promise<void> {
  const client = createKafkaClient(options);
  const admin = client.kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    let existing = await describe(admin, topics);
    const missing = topics.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      await create(admin, missing);
      existing = await waitForLeaders(admin, topics);
    }
    for (const { name, partitions } of topics) {
      const found = existing.get(name)?.partitions.length ?? 0;
      if (found < partitions) {
        options.logger.warn(
          { topic: name, partitions: found },
          `topic ${name} has ${found} partitions, fewer than the intended ${partitions}: that limits how many executors can share it`,
        );
      }
    }
  } finally {
    await client.close(() => admin.disconnect());
  }
}

/** Every new connection tries again, and one line is enough. */
const warned = new WeakSet<Logger>();

/** Like `ensureTopics`, but only warns if the client is not permitted to create topics. */
export async function ensureTopicsIfAllowed(options: ClientOptions): Promise<void> {
  try {
    await ensureTopics(options);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { logger } = options;
    if (warned.has(logger)) return;
    warned.add(logger);
    const fields = { error: reasonsOf(error).join('; ') };
    logger.warn(fields, 'the broker refuses to create topics; create the missing ones by hand');
  }
}

/** Of several topics that could not be created. */
function reasonsOf(error: unknown): string[] {
  const errors = error instanceof KafkaJSAggregateError ? error.errors : [error];
  return [...new Set(errors.map((each) => (each as Error).message))];
}

async function create(admin: Admin, topics: readonly Topic[]): Promise<void> {
  await admin.createTopics({
    topics: topics.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions })),
    // kafkajs's own wait gives up on brokers that do not list a topic immediately after creating it.
    waitForLeaders: false,
  });
}

async function describe(admin: Admin, topics: readonly Topic[]): Promise<Map<string, ITopicMetadata>> {
  // All topics: asking for a missing one is an error.
  const metadata = await admin.fetchTopicMetadata();
  const wanted = new Set(topics.map(({ name }) => name));
  return new Map(metadata.topics.filter(({ name }) => wanted.has(name)).map((topic) => [topic.name, topic]));
}

async function waitForLeaders(admin: Admin, topics: readonly Topic[]): Promise<Map<string, ITopicMetadata>> {
  const deadline = performance.now() + LEADERS_TIMEOUT_MS;
  for (;;) {
    const existing = await describe(admin, topics);
    const lacking = topics.filter(({ name }) => {
      const partitions = existing.get(name)?.partitions ?? [];
      return partitions.length === 0 || partitions.some(({ leader }) => leader < 0);
    });
    if (lacking.length === 0) return existing;
    if (performance.now() > deadline) {
      throw new Error(`topics still without a leader: ${lacking.map(({ name }) => name).join(', ')}`);
    }
    await Bun.sleep(LEADERS_INTERVAL_MS);
  }
}
