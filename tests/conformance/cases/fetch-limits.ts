import { describe, expect, test } from 'bun:test';
import type { Connection } from '@platformatic/kafka';
import type { Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { fetchOnce, produceBatch, recordsOf } from '../wire/records.ts';

const BATCH_BYTES = 10_000;

export function fetchLimits(lab: Lab): void {
  describe('fetch', () => {
    const connect = connectionsTo(lab);
    const produceBatches = async (connection: Connection, topic: string, count: number, partition = 0) => {
      for (let index = 0; index < count; index++) {
        await produceBatch(connection, topic, [`${index}`.padEnd(BATCH_BYTES)], { partition });
      }
    };

    test('stops before the batch that would exceed the partition limit', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      await produceBatches(connection, topic, 5);
      const { response } = await fetchOnce(connection, {
        topic,
        offsets: { 0: 0 },
        partitionMaxBytes: 2.5 * BATCH_BYTES,
      });
      expect(response[0]).toMatchObject({ highWatermark: 5 });
      expect(response[0]?.batches).toHaveLength(2);
    });

    test('returns the first batch whole, even if it exceeds every limit', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      await produceBatches(connection, topic, 2);
      const { response } = await fetchOnce(connection, {
        topic,
        offsets: { 0: 0 },
        maxBytes: 100,
        partitionMaxBytes: 100,
      });
      expect(response[0]?.batches).toHaveLength(1);
      expect(recordsOf(response[0])[0]?.value).toHaveLength(BATCH_BYTES);
    });

    test("spends the request's limit across all partitions", async () => {
      const [topic, connection] = [await lab.topic(3), await connect()];
      for (const partition of [0, 1, 2]) {
        await produceBatches(connection, topic, 3, partition);
      }
      const { response } = await fetchOnce(connection, {
        topic,
        offsets: { 0: 0, 1: 0, 2: 0 },
        maxBytes: 4.5 * BATCH_BYTES,
      });
      const batches = response.flatMap((partition) => partition.batches);
      expect(batches.length).toBe(4);
    });

    test('from within a batch returns it whole, including the requested offset', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      await produceBatch(connection, topic, ['a', 'b', 'c']);
      const { response } = await fetchOnce(connection, { topic, offsets: { 0: 1 } });
      expect(recordsOf(response[0])).toContainEqual({ offset: 1, value: 'b' });
      expect(recordsOf(response[0])).toContainEqual({ offset: 2, value: 'c' });
    });

    test('at the end is empty, beyond it is OFFSET_OUT_OF_RANGE', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      await produceBatch(connection, topic, ['a']);
      const atEnd = await fetchOnce(connection, { topic, offsets: { 0: 1 } });
      expect([atEnd.errors, recordsOf(atEnd.response[0])]).toEqual([[], []]);
      const beyond = await fetchOnce(connection, { topic, offsets: { 0: 2 } });
      expect(beyond.errors).toEqual(['OFFSET_OUT_OF_RANGE']);
    });

    test('of an unknown partition is UNKNOWN_TOPIC_OR_PARTITION, beside one that is served', async () => {
      const [topic, connection] = [await lab.topic(), await connect()];
      await produceBatch(connection, topic, ['a']);
      const { response, errors } = await fetchOnce(connection, { topic, offsets: { 0: 0, 7: 0 } });
      expect(errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
      expect(recordsOf(response.find(({ partition }) => partition === 0))).toEqual([
        { offset: 0, value: 'a' },
      ]);
    });
  });
}
