import type { OffsetChange } from '../groups/group-store.ts';
import type { BrokerContext } from '../server/context.ts';
import { mapPartitions } from '../wire/by-topic.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { type OffsetToCommit, offsetCommit } from '../wire/offset-commit.ts';
import { answer } from './answer.ts';
import { attempt } from './attempt.ts';

const METADATA_BYTES_MAX = 4096;

/** OffsetCommit. The response follows the write() of all accepted offsets as one record. */
export const handleOffsetCommit = answer(offsetCommit, (broker, request) => {
  const { groupId } = request;
  const refusal = groupId === '' ? ErrorCode.INVALID_GROUP_ID : broker.groups.checkCommit(request);
  const accepted: OffsetChange[] = [];
  const topics = mapPartitions(request.topics, (topic, asked) => {
    const error = refusal === ErrorCode.NONE ? check(broker, topic, asked) : refusal;
    const { index, offset, metadata } = asked;
    if (error === ErrorCode.NONE) accepted.push({ topic, partition: index, offset, metadata });
    return { index, error };
  });
  if (accepted.length === 0) return topics;
  const { error } = attempt(broker, { group: groupId }, () =>
    broker.groups.offsets.commit(groupId, accepted),
  );
  return error === ErrorCode.NONE ? topics : mapPartitions(topics, (_topic, { index }) => ({ index, error }));
});

function check(broker: BrokerContext, topic: string, { index, metadata }: OffsetToCommit): ErrorCode {
  if (broker.topics.partition(topic, index) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const bytes = Buffer.byteLength(metadata ?? '');
  return bytes > METADATA_BYTES_MAX ? ErrorCode.OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE;
}
