import type { BrokerContext } from '../server/context.ts';
import { mapPartitions } from '../wire/by-topic.ts';
import { Disconnect } from '../wire/disconnect.ts';
import { ErrorCode, errorName } from '../wire/error-codes.ts';
import {
  type ProducedPartition,
  type ProducePartition,
  type ProduceRequest,
  produce,
} from '../wire/produce.ts';
import { answer } from './answer.ts';
import { failure } from './attempt.ts';

/** From this version on, requests carry record batches; older ones carry unsupported formats. */
const FIRST_VERSION_WITH_BATCHES = 3;

/**
 * Produce. The response follows the write() to the segment file: acknowledged records survive a kill of the
 * broker. With one broker, acks 1 and −1 are the same.
 */
export const handleProduce = answer(produce, (broker, request, _client, version) => {
  const refusal = refuseAll(request, version);
  const topics = mapPartitions(request.topics, (topic, asked) => append(broker, topic, asked, refusal));
  if (request.acks !== 0) return topics;
  const failed = topics.flatMap((topic) => topic.partitions).find(({ error }) => error !== ErrorCode.NONE);
  // There is no response to report it in.
  if (failed !== undefined) throw new Disconnect(`produce with acks=0: ${errorName(failed.error)}`);
  return null;
});

function refuseAll(request: ProduceRequest, version: number): ErrorCode {
  if (request.acks < -1 || request.acks > 1) return ErrorCode.INVALID_REQUIRED_ACKS;
  if (request.transactionalId !== null) return ErrorCode.INVALID_REQUEST;
  if (version < FIRST_VERSION_WITH_BATCHES) return ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT;
  return ErrorCode.NONE;
}

function append(
  broker: BrokerContext,
  topic: string,
  { index, records }: ProducePartition,
  refusal: ErrorCode,
): ProducedPartition {
  const refused = (error: ErrorCode) => ({ index, error, baseOffset: -1, logStartOffset: -1 });
  if (refusal !== ErrorCode.NONE) return refused(refusal);
  const partition = broker.topics.partition(topic, index);
  if (partition === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (records === null) return refused(ErrorCode.INVALID_RECORD);
  try {
    const baseOffset = partition.append(records);
    return { index, error: ErrorCode.NONE, baseOffset, logStartOffset: partition.log.startOffset };
  } catch (error) {
    return refused(failure(broker, { topic, partition: index }, error).error);
  }
}
