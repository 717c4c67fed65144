import { describe, expect, test } from 'bun:test';
import { type Connection, initProducerIdV1 } from '@platformatic/kafka';
import { inEachClient, type Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { endOffset, fetchOnce, produceBatch, recordsOf } from '../wire/records.ts';

/** A new producer id, without a transaction. */
export async function newProducerId(connection: Connection): Promise<bigint> {
  return (await initProducerIdV1.api.async(connection, null, 60_000, -1n, -1)).producerId;
}

export function idempotence(lab: Lab): void {
  inEachClient('idempotent producer', (name) => {
    test('several batches arrive once each and in order', async () => {
      const topic = await lab.topic();
      const values = Array.from({ length: 40 }, (_, index) => `v${index}`);
      for (let start = 0; start < values.length; start += 8) {
        const records = values.slice(start, start + 8).map((value) => ({ partition: 0, value }));
        await lab.client(name).produce(topic, records, { idempotent: true });
      }
      const read = await lab.client(name).read(topic, values.length);
      expect(read.map((record) => String(record.value))).toEqual(values);
    });
  });

  describe('idempotent producer, batch by batch', () => {
    const connect = connectionsTo(lab);

    test('producer ids differ', async () => {
      const connection = await connect();
      expect(await newProducerId(connection)).not.toBe(await newProducerId(connection));
    });

    test('a repeated batch is acknowledged with its first offset and not written again', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      const producerId = await newProducerId(connection);
      const send = (firstSequence: number, values: string[]) =>
        produceBatch(connection, topic, values, { producer: { producerId, epoch: 0, firstSequence } });
      expect(await send(0, ['a', 'b'])).toEqual({ response: 0, errors: [] });
      expect(await send(2, ['c'])).toEqual({ response: 2, errors: [] });
      expect(await send(2, ['c'])).toEqual({ response: 2, errors: [] });
      expect(await send(0, ['a', 'b'])).toEqual({ response: 0, errors: [] });
      const { response } = await fetchOnce(connection, { topic, offsets: { 0: 0 } });
      expect(recordsOf(response[0]).map((record) => record.value)).toEqual(['a', 'b', 'c']);
    });

    test('the last five batches are remembered', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      const producerId = await newProducerId(connection);
      const send = (firstSequence: number) =>
        produceBatch(connection, topic, [`v${firstSequence}`], {
          producer: { producerId, epoch: 0, firstSequence },
        });
      for (let sequence = 0; sequence < 7; sequence++) {
        await send(sequence);
      }
      for (let sequence = 2; sequence < 7; sequence++) {
        expect(await send(sequence)).toEqual({ response: sequence, errors: [] });
      }
      expect(await endOffset(connection, topic)).toBe(7);
    });

    test('a gap in the sequence is refused', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      const producerId = await newProducerId(connection);
      const send = (firstSequence: number) =>
        produceBatch(connection, topic, ['v'], { producer: { producerId, epoch: 0, firstSequence } });
      await send(0);
      expect((await send(5)).errors).toEqual(['OUT_OF_ORDER_SEQUENCE_NUMBER']);
      expect(await endOffset(connection, topic)).toBe(1);
      expect((await send(1)).errors).toEqual([]);
    });

    test('an older epoch of the producer is fenced', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      const producerId = await newProducerId(connection);
      const send = (epoch: number, firstSequence: number) =>
        produceBatch(connection, topic, ['v'], { producer: { producerId, epoch, firstSequence } });
      await send(0, 0);
      expect((await send(1, 0)).errors).toEqual([]);
      expect((await send(0, 1)).errors).toEqual(['INVALID_PRODUCER_EPOCH']);
      expect(await endOffset(connection, topic)).toBe(2);
    });

    test('each partition has its own sequence', async () => {
      const [topic, connection] = [await lab.topic(2), await connect()];
      const producer = { producerId: await newProducerId(connection), epoch: 0, firstSequence: 0 };
      expect((await produceBatch(connection, topic, ['a'], { partition: 0, producer })).errors).toEqual([]);
      expect((await produceBatch(connection, topic, ['b'], { partition: 1, producer })).errors).toEqual([]);
      expect([await endOffset(connection, topic, 0), await endOffset(connection, topic, 1)]).toEqual([1, 1]);
    });
  });
}
