export { ensureTopics } from './connection/ensure-topics.ts';
export type { ClientOptions, SaslOptions, TlsOptions } from './connection/kafka-client.ts';
export {
  type ConsumerHealth,
  createTaskConsumer,
  type Doorbell,
  type TaskConsumer,
  type TaskConsumerOptions,
} from './consumer/consumer.ts';
export {
  createEventReader,
  type EventReader,
  type EventReaderOptions,
} from './consumer/event-reader.ts';
export {
  type Announcement,
  createTaskProducer,
  type TaskProducer,
  type TaskProducerOptions,
} from './producer/producer.ts';
export {
  LANE_PARTITIONS_TOTAL,
  LANE_TOPICS,
  laneTopic,
  TASK_EVENTS,
  TASKS_DEAD,
  TOPICS,
  type Topic,
} from './topics.ts';
