import { describe, expect, test } from 'bun:test';
import type { KafkaClient, OutgoingRecord } from '../clients/client.ts';
import { inEachClient, type Lab } from '../lab.ts';

const TEXT = 'Grüße, 世界, \u{1F30A}';

export function recordShapes(lab: Lab): void {
  const roundTrip = async (name: KafkaClient['name'], record: OutgoingRecord) => {
    const topic = await lab.topic();
    await lab.client(name).produce(topic, [record]);
    const [read] = await lab.client(name).read(topic, 1);
    if (!read) {
      throw new Error('nothing was read');
    }
    return read;
  };

  inEachClient('record shapes', (name) => {
    test('a record without a key', async () => {
      expect((await roundTrip(name, { value: 'v' })).key).toBeNull();
    });

    test('a null value (a tombstone) stays null', async () => {
      const read = await roundTrip(name, { key: 'gone', value: null });
      expect(read.value).toBeNull();
      expect(String(read.key)).toBe('gone');
    });

    test('headers', async () => {
      const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', text: TEXT };
      expect((await roundTrip(name, { value: 'v', headers })).headers).toEqual(headers);
    });

    test('non-ASCII text in key and value', async () => {
      const read = await roundTrip(name, { key: TEXT, value: TEXT });
      expect([String(read.key), String(read.value)]).toEqual([TEXT, TEXT]);
    });
  });

  describe('record shapes that kcat cannot express', () => {
    for (const name of ['kafkajs', 'platformatic'] as const) {
      test(`an empty value is not null (${name})`, async () => {
        expect((await roundTrip(name, { key: 'k', value: Buffer.alloc(0) })).value).toEqual(Buffer.alloc(0));
      });

      test(`every byte value survives (${name})`, async () => {
        const value = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        expect((await roundTrip(name, { value })).value).toEqual(value);
      });

      test(`a hundred headers on one record (${name})`, async () => {
        const headers = Object.fromEntries(
          Array.from({ length: 100 }, (_, index) => [`h${index}`, `${index}`]),
        );
        expect((await roundTrip(name, { value: 'v', headers })).headers).toEqual(headers);
      });
    }
  });
}
