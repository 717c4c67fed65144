import { KafkaJSAggregateError, KafkaJSProtocolError } from 'kafkajs';

/** Whether the broker refused a request because the login may not do this. */
export function isDenial(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/_AUTHORIZATION_FAILED$/.test(String((cause as { type?: unknown }).type))) return true;
  }
  return false;
}

/** Whether the broker refused a request for good, rather than the login, not answering or failing temporarily. */
export function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof KafkaJSAggregateError) return cause.errors.some(isRefusal);
    if (cause instanceof KafkaJSProtocolError) return !cause.retriable && !cause.type.includes('SASL');
  }
  return false;
}
