import { expect, test } from 'bun:test';
import type { Codec, KafkaClient } from '../clients/client.ts';
import { availableClients, inEachClient, type Lab } from '../lab.ts';

const CODECS: Record<KafkaClient['name'], Codec[]> = {
  kafkajs: ['gzip'],
  platformatic: ['gzip', 'snappy', 'lz4', 'zstd'],
  kcat: ['gzip', 'snappy', 'lz4', 'zstd'],
};

export function compression(lab: Lab): void {
  inEachClient('compression', (name) => {
    for (const codec of CODECS[name]) {
      test(`a batch compressed with ${codec} is read by every client that supports ${codec}`, async () => {
        const topic = await lab.topic();
        const values = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(40));
        const records = values.map((value) => ({ partition: 0, value }));
        await lab.client(name).produce(topic, records, { codec });
        const readers = availableClients.filter((reader) => CODECS[reader].includes(codec));
        for (const reader of readers) {
          const read = await lab.client(reader).read(topic, values.length);
          expect(read.map((record) => String(record.value))).toEqual(values);
          expect(read.map((record) => record.offset)).toEqual(values.map((_, index) => index));
        }
      });
    }
  });
}
