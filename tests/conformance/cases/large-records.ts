import { describe, expect, test } from 'bun:test';
import { kafkaErrors } from '../clients/admin.ts';
import { inEachClient, type Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { endOffset, produceBatch } from '../wire/records.ts';

// Brokers accept batches of 1 MiB by default.
const NEARLY_ONE_MIB = 1_000_000;
const TWO_MIB = 2 * 1024 * 1024;

/** Printable, and incompressible. */
function noise(length: number): string {
  const bytes = Buffer.alloc(Math.ceil((length * 3) / 4));
  for (let offset = 0; offset < bytes.length; offset += 65_536) {
    crypto.getRandomValues(bytes.subarray(offset, Math.min(offset + 65_536, bytes.length)));
  }
  return bytes.toString('base64').slice(0, length);
}

export function largeRecords(lab: Lab): void {
  inEachClient('large records', (name) => {
    test('5,000 records in one call', async () => {
      const topic = await lab.topic();
      const values = Array.from({ length: 5_000 }, (_, index) => `${index}:${'x'.repeat(80)}`);
      const records = values.map((value) => ({ partition: 0, value }));
      await lab.client(name).produce(topic, records);
      const read = await lab.client(name).read(topic, values.length);
      expect(read.map((record) => String(record.value))).toEqual(values);
    });

    test('a record of nearly 1 MiB', async () => {
      const topic = await lab.topic();
      const value = noise(NEARLY_ONE_MIB);
      await lab.client(name).produce(topic, [{ value }]);
      const [read] = await lab.client(name).read(topic, 1);
      expect(String(read?.value) === value).toBe(true);
    });

    test('a record of 2 MiB is refused as too large, leaves nothing behind, and the next one is accepted', async () => {
      const topic = await lab.topic();
      const client = lab.client(name);
      const refused = client.produce(topic, [{ value: noise(TWO_MIB) }]);
      const error = await refused.catch((thrown: Error) => thrown);
      // kafkajs and platformatic name the error code, kcat prints a text of its own.
      expect(`${kafkaErrors(error)} ${error}`).toMatch(/MESSAGE_TOO_LARGE|Message size too large/);
      await client.produce(topic, [{ value: 'small' }]);
      const [read] = await client.read(topic, 1);
      expect([read?.offset, String(read?.value)]).toEqual([0, 'small']);
    });
  });

  describe('an oversized batch', () => {
    const connect = connectionsTo(lab);

    test('is answered with MESSAGE_TOO_LARGE, not by closing the connection', async () => {
      const topic = await lab.topic();
      const connection = await connect();
      expect((await produceBatch(connection, topic, [noise(TWO_MIB)])).errors).toEqual(['MESSAGE_TOO_LARGE']);
      expect(await endOffset(connection, topic)).toBe(0);
    });
  });
}
