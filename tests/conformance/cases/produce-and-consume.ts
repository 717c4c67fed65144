import { expect, test } from 'bun:test';
import { availableClients, inEachClient, type Lab } from '../lab.ts';

export function produceAndConsume(lab: Lab): void {
  inEachClient('produce and consume', (name) => {
    test('a record arrives with its key, value, offset and timestamp', async () => {
      const topic = await lab.topic();
      const before = Date.now();
      await lab.client(name).produce(topic, [{ key: 'k', value: 'v' }]);
      const [record] = await lab.client(name).read(topic, 1);
      expect(record).toMatchObject({
        partition: 0,
        offset: 0,
        key: Buffer.from('k'),
        value: Buffer.from('v'),
      });
      expect(record?.timestampMs).toBeWithin(before, Date.now() + 1);
    });

    test('a partition keeps the order, and offsets have no gaps over many requests', async () => {
      const topic = await lab.topic();
      const values = Array.from({ length: 30 }, (_, index) => `value-${index}`);
      for (let start = 0; start < values.length; start += 10) {
        const batch = values.slice(start, start + 10).map((value) => ({ partition: 0, value }));
        await lab.client(name).produce(topic, batch);
      }
      const records = await lab.client(name).read(topic, values.length);
      expect(records.map((record) => String(record.value))).toEqual(values);
      expect(records.map((record) => record.offset)).toEqual(values.map((_, index) => index));
    });

    test('records land in the requested partition', async () => {
      const topic = await lab.topic(4);
      const sent = [0, 1, 2, 3].map((partition) => ({ partition, value: `to-${partition}` }));
      await lab.client(name).produce(topic, sent);
      const records = await lab.client(name).read(topic, sent.length);
      const landed = records.map(({ partition, value }) => ({ partition, value: String(value) }));
      expect(landed.sort((a, b) => a.partition - b.partition)).toEqual(sent);
    });

    test('one key always goes to one partition', async () => {
      const topic = await lab.topic(8);
      const records = Array.from({ length: 24 }, (_, index) => ({ key: `key-${index % 6}`, value: 'v' }));
      await lab.client(name).produce(topic, records);
      const read = await lab.client(name).read(topic, records.length);
      const partitionsOfKey = Map.groupBy(read, (record) => String(record.key));
      expect(partitionsOfKey.size).toBe(6);
      for (const ofOneKey of partitionsOfKey.values()) {
        expect(new Set(ofOneKey.map((record) => record.partition)).size).toBe(1);
      }
    });

    test('what one client writes, every other reads', async () => {
      const topic = await lab.topic();
      const sent = [
        { key: 'a', value: 'x', headers: { h: '1' } },
        { key: 'b', value: 'y', headers: { h: '2' } },
      ];
      await lab.client(name).produce(topic, sent);
      for (const reader of availableClients) {
        const read = await lab.client(reader).read(topic, sent.length);
        const plain = read.map(({ key, value, headers }) => ({
          key: String(key),
          value: String(value),
          headers,
        }));
        expect(plain).toEqual(sent);
      }
    });
  });
}
