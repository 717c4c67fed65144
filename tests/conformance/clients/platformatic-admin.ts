import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';
import type { AdminClient } from './admin.ts';

export async function platformaticAdmin(bootstrap: string): Promise<AdminClient> {
  const admin = new Admin({
    clientId: 'conformance-platformatic-admin',
    bootstrapBrokers: [bootstrap],
    retries: 5,
    retryDelay: 100,
  });
  const offsetAt = async (topic: string, partition: number, timestamp: bigint): Promise<number> => {
    const [listed] = await admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
    });
    return Number(listed?.partitions[0]?.offset);
  };
  return {
    name: 'platformatic',
    topics: () => admin.listTopics(),
    async createTopic(topic, { partitions, replicas = 1 }) {
      await admin.createTopics({ topics: [topic], partitions, replicas });
    },
    deleteTopic: (topic) => admin.deleteTopics({ topics: [topic] }),
    createPartitions: (topic, total) =>
      admin.createPartitions({ topics: [{ name: topic, count: total, assignments: null as never }] }),
    async partitionCount(topic) {
      const metadata = await admin.metadata({ topics: [topic], forceUpdate: true });
      return metadata.topics.get(topic)?.partitionsCount ?? 0;
    },
    async offsets(topic, partition) {
      return {
        earliest: await offsetAt(topic, partition, ListOffsetTimestamps.EARLIEST),
        latest: await offsetAt(topic, partition, ListOffsetTimestamps.LATEST),
      };
    },
    offsetAt: (topic, partition, timestampMs) => offsetAt(topic, partition, BigInt(timestampMs)),
    async deleteRecordsBefore(topic, partition, offset) {
      await admin.deleteRecords({
        topics: [{ name: topic, partitions: [{ partition, offset: BigInt(offset) }] }],
      });
    },
    groups: async () => [...(await admin.listGroups()).keys()],
    async describeGroup(groupId) {
      const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
      return { state: String(group?.state), members: group?.members.size ?? 0 };
    },
    deleteGroup: (groupId) => admin.deleteGroups({ groups: [groupId] }),
    async committed(groupId, topic, partition) {
      const [group] = await admin.listConsumerGroupOffsets({
        groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [partition] }] }],
      });
      const entry = group?.topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
      return Number(entry?.committedOffset ?? -1);
    },
    close: () => admin.close(),
  };
}
