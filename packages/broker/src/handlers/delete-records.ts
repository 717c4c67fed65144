import type { BrokerContext, Handler } from '../server/context.ts';
import {
  type DeletedRecords,
  decodeDeleteRecordsRequest,
  encodeDeleteRecordsResponse,
} from '../wire/delete-records.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { tryStoring } from './try-storing.ts';

const HIGH_WATERMARK = -1;

export const handleDeleteRecords: Handler = (broker, reader) => {
  const topics = decodeDeleteRecordsRequest(reader).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, beforeOffset }) => deleteRecords(broker, name, index, beforeOffset)),
  }));
  return (writer) => encodeDeleteRecordsResponse(writer, topics);
};

function deleteRecords(
  broker: BrokerContext,
  topic: string,
  index: number,
  beforeOffset: number,
): DeletedRecords {
  const partition = broker.topics.partition(topic, index);
  if (partition === undefined) {
    return { index, lowWatermark: -1, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
  }
  const { log } = partition;
  const offset = beforeOffset === HIGH_WATERMARK ? log.endOffset : beforeOffset;
  if (offset < 0 || offset > log.endOffset) {
    return { index, lowWatermark: -1, error: ErrorCode.OFFSET_OUT_OF_RANGE };
  }
  const error = tryStoring(broker, { topic, partition: index }, () => partition.deleteBefore(offset));
  return { index, lowWatermark: error === ErrorCode.NONE ? log.startOffset : -1, error };
}
