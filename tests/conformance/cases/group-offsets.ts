import { describe, expect, test } from 'bun:test';
import { Admin } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../../waiting.ts';
import type { Lab } from '../lab.ts';

export function groupOffsets(lab: Lab): void {
  describe('offsets of an empty group', () => {
    const commit = async (groupId: string, topic: string, offset: number) => {
      const admin = new Admin({ clientId: 'conformance', bootstrapBrokers: [lab.bootstrap] });
      try {
        const partitionOffsets = [{ partition: 0, offset: BigInt(offset) }];
        await admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] });
      } finally {
        await admin.close();
      }
    };
    const topicOfThree = async () => {
      const topic = await lab.topic();
      await lab.client('kafkajs').produce(topic, [{ value: 'a' }, { value: 'b' }, { value: 'c' }]);
      return topic;
    };

    test.concurrent('are set, and the next member starts there (platformatic)', async () => {
      const [topic, groupId] = [await topicOfThree(), lab.name('group')];
      for (const offset of [2, 1]) {
        await commit(groupId, topic, offset);
        expect(await (await lab.admin('platformatic')).committed(groupId, topic, 0)).toBe(offset);
      }
      const member = await lab.client('platformatic').joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
      await eventually('the rest is read', () => member.received.length >= 2);
      expect(member.received.map((record) => String(record.value))).toEqual(['b', 'c']);
      await member.leave();
    });

    // For each, kafkajs runs a consumer for five seconds: so all at once.
    test.concurrent('are set, and reset to the beginning and to the end (kafkajs)', async () => {
      const topic = await topicOfThree();
      const admin = new Kafka({ brokers: [lab.bootstrap], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const changed = async (change: (groupId: string) => Promise<void>) => {
        const groupId = lab.name('group');
        await commit(groupId, topic, 2);
        await change(groupId);
        const [resolved] = await admin.fetchOffsets({ groupId, topics: [topic], resolveOffsets: true });
        return resolved?.partitions[0]?.offset;
      };
      try {
        const offsets = await Promise.all([
          changed((groupId) =>
            admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] }),
          ),
          changed((groupId) => admin.resetOffsets({ groupId, topic, earliest: true })),
          changed((groupId) => admin.resetOffsets({ groupId, topic, earliest: false })),
        ]);
        expect(offsets).toEqual(['1', '0', '3']);
      } finally {
        await admin.disconnect();
      }
    });
  });
}
