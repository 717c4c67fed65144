import type { OffsetsByTopic } from '../groups/group-store.ts';
import { mapPartitions } from '../wire/by-topic.ts';
import { offsetFetch } from '../wire/offset-fetch.ts';
import { answer } from './answer.ts';

export const handleOffsetFetch = answer(offsetFetch, (broker, { groupId, topics }) => {
  const committed: OffsetsByTopic = broker.groups.offsets.find(groupId)?.offsets ?? new Map();
  const all = () => [...committed].map(([name, offsets]) => ({ name, partitions: [...offsets.keys()] }));
  return mapPartitions(topics ?? all(), (topic, index) => {
    const { offset, metadata } = committed.get(topic)?.get(index) ?? { offset: -1, metadata: '' };
    return { index, offset, metadata };
  });
});
