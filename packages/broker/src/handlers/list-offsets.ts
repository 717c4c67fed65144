import type { BrokerContext } from '../server/context.ts';
import { mapPartitions } from '../wire/by-topic.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { type AskedOffset, type ListedOffset, listOffsets } from '../wire/list-offsets.ts';
import { answer } from './answer.ts';

const LATEST = -1;
const EARLIEST = -2;

export const handleListOffsets = answer(listOffsets, (broker, topics) =>
  mapPartitions(topics, (topic, asked) => listOffset(broker, topic, asked)),
);

function listOffset(broker: BrokerContext, topic: string, { index, timestamp }: AskedOffset): ListedOffset {
  const log = broker.topics.partition(topic, index)?.log;
  const refuse = (error: ErrorCode) => ({ index, error, timestamp: -1, offset: -1 });
  if (log === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  // Special timestamps of later versions, such as for the newest record: librdkafka sends them anyway.
  if (timestamp < EARLIEST) return refuse(ErrorCode.UNSUPPORTED_VERSION);
  const error = ErrorCode.NONE;
  if (timestamp === LATEST) return { index, error, timestamp: -1, offset: log.endOffset };
  if (timestamp === EARLIEST) return { index, error, timestamp: -1, offset: log.startOffset };
  const found = log.offsetForTimestamp(timestamp);
  return { index, error, timestamp: found?.timestamp ?? -1, offset: found?.offset ?? -1 };
}
