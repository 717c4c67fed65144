import { KafkaJSAggregateError, KafkaJSProtocolError } from 'kafkajs';

/** Whether the broker refused for good, rather than not answering or failing temporarily. */
export function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof KafkaJSAggregateError) return cause.errors.some(isRefusal);
    if (cause instanceof KafkaJSProtocolError) return !cause.retriable;
  }
  return false;
}
