import type { OffsetChange } from '../groups/group-store.ts';
import type { BrokerContext, Handler } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  decodeOffsetCommitRequest,
  encodeOffsetCommitResponse,
  type OffsetCommitPartition,
} from '../wire/offset-commit.ts';
import { tryStoring } from './try-storing.ts';

const METADATA_BYTES_MAX = 4096;

/** OffsetCommit. The response follows the write() of all accepted offsets as one record. */
export const handleOffsetCommit: Handler = (broker, reader, version) => {
  const request = decodeOffsetCommitRequest(reader, version);
  const refusal = request.groupId === '' ? ErrorCode.INVALID_GROUP_ID : broker.groups.checkCommit(request);
  const accepted: OffsetChange[] = [];
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => {
      const error = refusal === ErrorCode.NONE ? check(broker, name, partition) : refusal;
      const { index, offset, metadata } = partition;
      if (error === ErrorCode.NONE) accepted.push({ topic: name, partition: index, offset, metadata });
      return { index, error: error as number };
    }),
  }));
  const { groupId } = request;
  const write = () => broker.groups.commit(groupId, accepted);
  const error = accepted.length === 0 ? ErrorCode.NONE : tryStoring(broker, { group: groupId }, write);
  if (error !== ErrorCode.NONE) {
    for (const { partitions } of topics) {
      for (const partition of partitions) partition.error = error;
    }
  }
  return (writer) => encodeOffsetCommitResponse(writer, version, topics);
};

function check(broker: BrokerContext, topic: string, { index, metadata }: OffsetCommitPartition): ErrorCode {
  if (broker.topics.partition(topic, index) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const bytes = Buffer.byteLength(metadata ?? '');
  return bytes > METADATA_BYTES_MAX ? ErrorCode.OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE;
}
