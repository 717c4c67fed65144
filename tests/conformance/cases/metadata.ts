import { describe, expect, test } from 'bun:test';
import { metadataV5 } from '@platformatic/kafka';
import { inEachAdmin, type Lab } from '../lab.ts';
import { answer, connectionsTo } from '../wire/connections.ts';

export function metadata(lab: Lab): void {
  describe('metadata', () => {
    const connect = connectionsTo(lab);

    test('names the broker at the address the client used, with a controller and a cluster id', async () => {
      const response = await metadataV5.api.async(await connect(), [], false);
      const [host, port] = lab.bootstrap.split(':');
      expect(response.brokers).toContainEqual(expect.objectContaining({ host, port: Number(port) }));
      expect(response.brokers.map((broker) => broker.nodeId)).toContain(response.controllerId);
      expect(response.clusterId).toBeTruthy();
    });

    test('every partition has a leader among the brokers, and its replicas in sync', async () => {
      const topic = await lab.topic(3);
      const response = await metadataV5.api.async(await connect(), [topic], false);
      const nodes = response.brokers.map((broker) => broker.nodeId);
      const partitions = response.topics[0]?.partitions ?? [];
      expect(partitions.map((partition) => partition.partitionIndex).sort()).toEqual([0, 1, 2]);
      for (const partition of partitions) {
        expect(nodes).toContain(partition.leaderId);
        expect(partition.isrNodes).toEqual(partition.replicaNodes);
      }
    });

    test('an unknown topic is UNKNOWN_TOPIC_OR_PARTITION, beside known ones', async () => {
      const topic = await lab.topic();
      const missing = lab.name('missing');
      const { response, errors } = await answer(
        metadataV5.api.async(await connect(), [topic, missing], false),
      );
      expect(errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
      const codes = Object.fromEntries(response.topics.map((entry) => [entry.name, entry.errorCode]));
      expect(codes).toEqual({ [topic]: 0, [missing]: 3 });
    });

    test('an invalid name is INVALID_TOPIC_EXCEPTION', async () => {
      for (const name of ['spaces are not allowed', '..', 'x'.repeat(250)]) {
        const { errors } = await answer(metadataV5.api.async(await connect(), [name], true));
        expect([name, errors]).toEqual([name, ['INVALID_TOPIC_EXCEPTION']]);
      }
    });

    test('null requests all topics, an empty list none', async () => {
      const topic = await lab.topic();
      const connection = await connect();
      const all = await metadataV5.api.async(connection, null, false);
      expect(all.topics.map((entry) => entry.name)).toContain(topic);
      expect((await metadataV5.api.async(connection, [], false)).topics).toEqual([]);
    });
  });

  inEachAdmin('metadata', (name) => {
    test('a new topic is listed', async () => {
      const topic = await lab.topic();
      expect(await (await lab.admin(name)).topics()).toContain(topic);
    });
  });
}
