import type { OffsetsByTopic } from '../groups/group-store.ts';
import type { Handler } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  decodeOffsetFetchRequest,
  encodeOffsetFetchResponse,
  type FetchedOffsetsTopic,
  type OffsetFetchTopic,
} from '../wire/offset-fetch.ts';

export const handleOffsetFetch: Handler = (broker, reader, version) => {
  const { groupId, topics } = decodeOffsetFetchRequest(reader);
  const committed: OffsetsByTopic = broker.groups.offsets.find(groupId)?.offsets ?? new Map();
  const found = topics === null ? all(committed) : topics.map((topic) => some(committed, topic));
  return (writer) => encodeOffsetFetchResponse(writer, version, ErrorCode.NONE, found);
};

function some(committed: OffsetsByTopic, { name, partitions }: OffsetFetchTopic): FetchedOffsetsTopic {
  const offsets = committed.get(name);
  return {
    name,
    partitions: partitions.map((index) => {
      const { offset, metadata } = offsets?.get(index) ?? { offset: -1, metadata: '' };
      return { index, offset, metadata };
    }),
  };
}

function all(committed: OffsetsByTopic): FetchedOffsetsTopic[] {
  return [...committed].map(([name, offsets]) => ({
    name,
    partitions: [...offsets].map(([index, { offset, metadata }]) => ({ index, offset, metadata })),
  }));
}
