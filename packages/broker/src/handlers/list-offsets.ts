import type { BrokerContext, Handler } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  decodeListOffsetsRequest,
  encodeListOffsetsResponse,
  type ListedOffset,
} from '../wire/list-offsets.ts';

const LATEST = -1;
const EARLIEST = -2;

export const handleListOffsets: Handler = (broker, reader, version) => {
  const topics = decodeListOffsetsRequest(reader, version).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, timestamp }) => listOffset(broker, name, index, timestamp)),
  }));
  return (writer) => encodeListOffsetsResponse(writer, version, topics);
};

function listOffset(broker: BrokerContext, name: string, index: number, timestamp: number): ListedOffset {
  const log = broker.topics.partition(name, index)?.log;
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
