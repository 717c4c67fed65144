import {
  type ClientOptions,
  createTaskConsumer,
  createTaskProducer,
  type Doorbell,
  ensureTopics,
} from '@millrace/stream';
import { allSent, arrivals, newIds } from '../stream/lab.ts';

/** The complete path of a doorbell: topics, producer, consumer and its group. Resolves once all have arrived. */
export async function deliver(options: ClientOptions, groupId?: string): Promise<void> {
  await ensureTopics(options);
  const producer = createTaskProducer(options);
  const doorbells: Doorbell[] = [];
  const consumer = createTaskConsumer({
    ...options,
    ...(groupId !== undefined && { groupId }),
    producer,
    onDoorbells: (arrived) => doorbells.push(...arrived),
  });
  producer.start();
  consumer.start();
  try {
    const ids = newIds(50);
    for (const id of ids) producer.announce({ task_id: id, lane: 'normal' });
    for (const { acknowledge } of await arrivals({ doorbells }, ids)) acknowledge();
    await allSent(producer);
  } finally {
    await consumer.stop();
    await producer.stop(1_000);
  }
}
