import type { LogFields } from '../logger.ts';
import type { BrokerContext } from '../server/context.ts';
import type { Topic } from '../topics/topic.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';

type Outcome = { error: ErrorCode; message: string | null };

/** Does one item of a request, which may be refused or fail. */
export function attempt(broker: BrokerContext, fields: LogFields, action: () => void): Outcome {
  try {
    action();
    return { error: ErrorCode.NONE, message: null };
  } catch (error) {
    return failure(broker, fields, error);
  }
}

/** The outcome of a Refusal, or of a failed write, as on a full disk, which is logged. Throws any other error. */
export function failure({ logger }: BrokerContext, fields: LogFields, error: unknown): Outcome {
  if (error instanceof Refusal) return { error: error.code, message: error.message };
  if (!(error instanceof Error && 'errno' in error)) throw error;
  logger('error', 'storage failed', { ...fields, error: String(error) });
  const message = 'the broker could not write to its disk; its log says why';
  return { error: ErrorCode.KAFKA_STORAGE_ERROR, message };
}

export function existingTopic({ topics }: BrokerContext, name: string): Topic {
  const topic = topics.get(name);
  if (topic !== undefined) return topic;
  throw new Refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
}
