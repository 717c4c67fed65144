import type { BrokerContext } from '../server/context.ts';
import { mapPartitions } from '../wire/by-topic.ts';
import { type DeletedRecords, deleteRecords, type RecordsToDelete } from '../wire/delete-records.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { answer } from './answer.ts';
import { attempt } from './attempt.ts';

const HIGH_WATERMARK = -1;

export const handleDeleteRecords = answer(deleteRecords, (broker, topics) =>
  mapPartitions(topics, (topic, asked) => deleteBefore(broker, topic, asked)),
);

function deleteBefore(
  broker: BrokerContext,
  topic: string,
  { index, beforeOffset }: RecordsToDelete,
): DeletedRecords {
  const refused = (error: ErrorCode) => ({ index, lowWatermark: -1, error });
  const partition = broker.topics.partition(topic, index);
  if (partition === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const { log } = partition;
  const offset = beforeOffset === HIGH_WATERMARK ? log.endOffset : beforeOffset;
  if (offset < 0 || offset > log.endOffset) return refused(ErrorCode.OFFSET_OUT_OF_RANGE);
  const { error } = attempt(broker, { topic, partition: index }, () => partition.deleteBefore(offset));
  return error === ErrorCode.NONE ? { index, lowWatermark: log.startOffset, error } : refused(error);
}
