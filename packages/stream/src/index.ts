export {
  type ConsumerHealth,
  createTaskConsumer,
  type Doorbell,
  type TaskConsumer,
  type TaskConsumerOptions,
} from './consumer.ts';
export { type EnsureTopicsOptions, ensureTopics } from './ensure-topics.ts';
export {
  createEventReader,
  type EventReader,
  type EventReaderHealth,
  type EventReaderOptions,
} from './event-reader.ts';
export type { ClientOptions, SaslOptions, TlsOptions } from './kafka-client.ts';
export {
  type Announcement,
  createTaskProducer,
  type ProducerHealth,
  type TaskProducer,
  type TaskProducerOptions,
} from './producer.ts';
export {
  LANE_PARTITIONS_TOTAL,
  LANE_TOPICS,
  laneOfTopic,
  laneTopic,
  TASK_EVENTS,
  TASKS_DEAD,
  TOPICS,
  type Topic,
} from './topics.ts';
