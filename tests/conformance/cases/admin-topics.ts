import { describe, expect, test } from 'bun:test';
import { createTopicsV2 } from '@platformatic/kafka';
import { eventually } from '../../waiting.ts';
import { refusal } from '../clients/admin.ts';
import { inEachAdmin, type Lab } from '../lab.ts';
import { answer, connectionsTo } from '../wire/connections.ts';

export function adminTopics(lab: Lab): void {
  inEachAdmin('topics', (name) => {
    test('create, list, delete', async () => {
      const admin = await lab.admin(name);
      const topic = lab.name('created');
      await admin.createTopic(topic, { partitions: 3 });
      await eventually('the topic is listed', async () => (await admin.topics()).includes(topic));
      expect(await admin.partitionCount(topic)).toBe(3);
      await admin.deleteTopic(topic);
      await eventually('the topic is gone', async () => !(await admin.topics()).includes(topic));
    });

    test('creating an existing one is TOPIC_ALREADY_EXISTS', async () => {
      const admin = await lab.admin(name);
      const topic = await lab.topic();
      expect(await refusal(admin.createTopic(topic, { partitions: 1 }))).toContain('TOPIC_ALREADY_EXISTS');
    });

    test('an invalid name is INVALID_TOPIC_EXCEPTION', async () => {
      const admin = await lab.admin(name);
      const created = admin.createTopic('not/a/topic', { partitions: 1 });
      expect(await refusal(created)).toContain('INVALID_TOPIC_EXCEPTION');
    });

    test('more replicas than brokers is INVALID_REPLICATION_FACTOR', async () => {
      const admin = await lab.admin(name);
      const created = admin.createTopic(lab.name('replicated'), { partitions: 1, replicas: 99 });
      expect(await refusal(created)).toContain('INVALID_REPLICATION_FACTOR');
    });

    test('deleting an unknown one is UNKNOWN_TOPIC_OR_PARTITION', async () => {
      const admin = await lab.admin(name);
      expect(await refusal(admin.deleteTopic(lab.name('missing')))).toContain('UNKNOWN_TOPIC_OR_PARTITION');
    });

    test('a topic recreated under a deleted name is empty', async () => {
      const admin = await lab.admin(name);
      const topic = lab.name('reborn');
      await admin.createTopic(topic, { partitions: 1 });
      await lab.client('kafkajs').produce(topic, [{ value: 'of the first life' }]);
      await admin.deleteTopic(topic);
      await eventually('the topic is gone', async () => !(await admin.topics()).includes(topic));
      await eventually('the name is free', async () => {
        await admin.createTopic(topic, { partitions: 1 });
        return true;
      });
      const offsets = await eventually('its offsets are known', () => admin.offsets(topic, 0));
      expect(offsets).toEqual({ earliest: 0, latest: 0 });
      await admin.deleteTopic(topic);
    });

    test('partitions are added, and records in the old ones kept', async () => {
      const admin = await lab.admin(name);
      const topic = await lab.topic(2);
      await lab.client('kafkajs').produce(topic, [{ partition: 1, value: 'kept' }]);
      await admin.createPartitions(topic, 5);
      await eventually('five partitions', async () => (await admin.partitionCount(topic)) === 5);
      await lab.client('platformatic').produce(topic, [{ partition: 4, value: 'new' }]);
      const read = await lab.client(name).read(topic, 2);
      expect(read.map((record) => [record.partition, String(record.value)]).sort()).toEqual([
        [1, 'kept'],
        [4, 'new'],
      ]);
    });

    test('fewer partitions than exist is INVALID_PARTITIONS', async () => {
      const admin = await lab.admin(name);
      const topic = await lab.topic(3);
      expect(await refusal(admin.createPartitions(topic, 2))).toContain('INVALID_PARTITIONS');
      expect(await admin.partitionCount(topic)).toBe(3);
    });
  });

  describe('topics, request by request', () => {
    const connect = connectionsTo(lab);
    const creation = (topic: string, numPartitions: number) => [
      { name: topic, numPartitions, replicationFactor: 1, assignments: [], configs: [] },
    ];

    test('validateOnly creates nothing', async () => {
      const connection = await connect();
      const topic = lab.name('validated');
      const { errors } = await answer(createTopicsV2.api.async(connection, creation(topic, 1), 10_000, true));
      expect(errors).toEqual([]);
      expect(await (await lab.admin('kafkajs')).topics()).not.toContain(topic);
    });

    test('no partitions at all is INVALID_PARTITIONS', async () => {
      const connection = await connect();
      const call = createTopicsV2.api.async(connection, creation(lab.name('empty'), 0), 10_000, false);
      expect((await answer(call)).errors).toEqual(['INVALID_PARTITIONS']);
    });

    test('one bad topic in a request does not prevent the creation of a good one', async () => {
      const connection = await connect();
      const topic = lab.name('good');
      const topics = [...creation(topic, 1), ...creation('not/a/topic', 1)];
      const { errors } = await answer(createTopicsV2.api.async(connection, topics, 10_000, false));
      expect(errors).toEqual(['INVALID_TOPIC_EXCEPTION']);
      const admin = await lab.admin('kafkajs');
      await eventually('the good topic is listed', async () => (await admin.topics()).includes(topic));
      await admin.deleteTopic(topic);
    });
  });
}
