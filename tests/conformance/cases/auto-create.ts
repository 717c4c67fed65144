import { describe, expect, test } from 'bun:test';
import { metadataV5 } from '@platformatic/kafka';
import { shared } from '../../shared.ts';
import { eventually } from '../../waiting.ts';
import { inEachClient, type Lab } from '../lab.ts';
import { answer, connectionsTo, openConnection } from '../wire/connections.ts';
import { produceBatch } from '../wire/records.ts';

export function autoCreate(lab: Lab): void {
  describe('topics that do not exist', () => {
    const connect = connectionsTo(lab);

    test('Metadata that forbids it creates none', async () => {
      const connection = await connect();
      const topic = lab.name('forbidden');
      for (let attempt = 0; attempt < 3; attempt++) {
        const { errors } = await answer(metadataV5.api.async(connection, [topic], false));
        expect(errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
      }
      const all = await metadataV5.api.async(connection, null, false);
      expect(all.topics.map((entry) => entry.name)).not.toContain(topic);
    });

    test('Produce to one creates none', async () => {
      const connection = await connect();
      const topic = lab.name('unknown');
      const { errors } = await produceBatch(connection, topic, ['v']);
      expect(errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
      const all = await metadataV5.api.async(connection, null, false);
      expect(all.topics.map((entry) => entry.name)).not.toContain(topic);
    });

    test.skipIf(!lab.target.autoCreatesTopics)('Metadata that allows it creates them', async () => {
      const connection = await connect();
      const topic = lab.name('allowed');
      await eventually('the topic has a leader', async () => {
        const { response, errors } = await answer(metadataV5.api.async(connection, [topic], true));
        expect(['LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION', undefined]).toContain(errors[0]);
        return errors.length === 0 && response.topics[0]?.partitions[0]?.leaderId !== -1;
      });
    });
  });

  if (lab.target.autoCreatesTopics) {
    inEachClient('produce to a topic that nobody created', (name) => {
      test('creates it', async () => {
        const topic = lab.name('auto');
        await lab.client(name).produce(topic, [{ value: 'first' }]);
        const [read] = await lab.client(name).read(topic, 1);
        expect(String(read?.value)).toBe('first');
      });
    });
  }

  const { broker: start } = lab.target;
  if (typeof start !== 'function') {
    console.warn(
      'skipped: a broker configured to create no topics, the broker was not started by this suite',
    );
    return;
  }
  describe('a broker configured to create no topics', () => {
    const broker = shared(() => start({ autoCreateTopics: false }));

    test('creates none, whatever the client allows', async () => {
      const connection = await openConnection(broker.brokers[0] as string);
      const topic = lab.name('allowed');
      for (let attempt = 0; attempt < 3; attempt++) {
        const { errors } = await answer(metadataV5.api.async(connection, [topic], true));
        expect(errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
      }
      expect((await metadataV5.api.async(connection, null, true)).topics).toEqual([]);
      await connection.close();
    });
  });
}
