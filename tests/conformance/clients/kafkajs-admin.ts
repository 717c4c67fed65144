import { Kafka, KafkaJSProtocolError, logLevel } from 'kafkajs';
import type { AdminClient } from './admin.ts';

export async function kafkajsAdmin(bootstrap: string): Promise<AdminClient> {
  const kafka = new Kafka({
    brokers: [bootstrap],
    clientId: 'conformance-kafkajs-admin',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 5 },
  });
  const admin = kafka.admin();
  await admin.connect();
  return {
    name: 'kafkajs',
    topics: () => admin.listTopics(),
    async createTopic(topic, { partitions, replicas = 1 }) {
      const created = await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor: replicas }],
        // kafkajs's own wait gives up on brokers that do not list a topic immediately after creating it.
        waitForLeaders: false,
      });
      if (!created) {
        // kafkajs returns false for this one error and throws every other.
        throw new KafkaJSProtocolError({ type: 'TOPIC_ALREADY_EXISTS', message: topic } as never);
      }
    },
    deleteTopic: (topic) => admin.deleteTopics({ topics: [topic] }),
    async createPartitions(topic, total) {
      await admin.createPartitions({ topicPartitions: [{ topic, count: total }] });
    },
    async partitionCount(topic) {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length ?? 0;
    },
    async offsets(topic, partition) {
      const offsets = (await admin.fetchTopicOffsets(topic)).find((entry) => entry.partition === partition);
      return { earliest: Number(offsets?.low), latest: Number(offsets?.high) };
    },
    async offsetAt(topic, partition, timestampMs) {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timestampMs);
      return Number(offsets.find((entry) => entry.partition === partition)?.offset);
    },
    async deleteRecordsBefore(topic, partition, offset) {
      // deleteTopicRecords looks up the leader before it has the topic's metadata; this loads it.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    },
    groups: async () => (await admin.listGroups()).groups.map((group) => group.groupId),
    async describeGroup(groupId) {
      const group = (await admin.describeGroups([groupId])).groups[0];
      return { state: String(group?.state), members: group?.members.length ?? 0 };
    },
    async deleteGroup(groupId) {
      await admin.deleteGroups([groupId]);
    },
    async committed(groupId, topic, partition) {
      const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return Number(offsets?.partitions.find((entry) => entry.partition === partition)?.offset ?? -1);
    },
    close: () => admin.disconnect(),
  };
}
