import { describe, expect, test } from 'bun:test';
import { listOffsetsV3, type MessageRecord, produceV7 } from '@platformatic/kafka';
import { refusal } from '../clients/admin.ts';
import { inEachAdmin, type Lab } from '../lab.ts';
import { answer, connectionsTo } from '../wire/connections.ts';
import { fetchOnce, recordsOf } from '../wire/records.ts';

const HOUR_MS = 3_600_000;

export function adminOffsets(lab: Lab): void {
  const connect = connectionsTo(lab);

  /** Records at one, two and three hours after `start`, in three batches. */
  const hourly = async (): Promise<{ topic: string; start: number }> => {
    const topic = await lab.topic();
    const connection = await connect();
    const start = Date.now() - 10 * HOUR_MS;
    for (const hour of [1, 2, 3]) {
      const timestamp = BigInt(start + hour * HOUR_MS);
      const record: MessageRecord = { topic, partition: 0, value: Buffer.from(`hour ${hour}`), timestamp };
      await produceV7.api.async(connection, -1, 10_000, [record], { producerEpoch: -1 });
    }
    return { topic, start };
  };

  inEachAdmin('offsets', (name) => {
    test('earliest and latest of an empty and a non-empty partition', async () => {
      const admin = await lab.admin(name);
      const topic = await lab.topic(2);
      await lab.client('kafkajs').produce(topic, [
        { partition: 1, value: 'a' },
        { partition: 1, value: 'b' },
      ]);
      expect(await admin.offsets(topic, 0)).toEqual({ earliest: 0, latest: 0 });
      expect(await admin.offsets(topic, 1)).toEqual({ earliest: 0, latest: 2 });
    });

    test('by time: the first record at or after it', async () => {
      const admin = await lab.admin(name);
      const { topic, start } = await hourly();
      expect(await admin.offsetAt(topic, 0, start)).toBe(0);
      expect(await admin.offsetAt(topic, 0, start + 2 * HOUR_MS)).toBe(1);
      expect(await admin.offsetAt(topic, 0, start + 2 * HOUR_MS + 1)).toBe(2);
    });

    test('records deleted from the start are gone for every reader', async () => {
      const admin = await lab.admin(name);
      const topic = await lab.topic();
      const values = ['a', 'b', 'c', 'd'].map((value) => ({ value }));
      await lab.client('kafkajs').produce(topic, values);
      await admin.deleteRecordsBefore(topic, 0, 3);
      expect(await admin.offsets(topic, 0)).toEqual({ earliest: 3, latest: 4 });
      const [read] = await lab.client(name).read(topic, 1);
      expect([read?.offset, String(read?.value)]).toEqual([3, 'd']);
      const fetched = await fetchOnce(await connect(), { topic, offsets: { 0: 1 } });
      expect(fetched.errors).toEqual(['OFFSET_OUT_OF_RANGE']);
    });

    test('deleting beyond the end is OFFSET_OUT_OF_RANGE', async () => {
      const admin = await lab.admin(name);
      const topic = await lab.topic();
      await lab.client('kafkajs').produce(topic, [{ value: 'only' }]);
      expect(await refusal(admin.deleteRecordsBefore(topic, 0, 9))).toContain('OFFSET_OUT_OF_RANGE');
      expect(await admin.offsets(topic, 0)).toEqual({ earliest: 0, latest: 1 });
    });
  });

  describe('offsets, request by request', () => {
    const listAt = async (topic: string, timestamp: bigint) => {
      const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }];
      const call = listOffsetsV3.api.async(await connect(), -1, 0, [{ name: topic, partitions }]);
      const { response, errors } = await answer(call);
      return { errors, ...response.topics[0]?.partitions[0] };
    };

    test('by time: the record has its own time, and after the last the answer is -1', async () => {
      const { topic, start } = await hourly();
      const second = await listAt(topic, BigInt(start + HOUR_MS + 1));
      expect(second).toMatchObject({ offset: 1n, timestamp: BigInt(start + 2 * HOUR_MS) });
      expect(await listAt(topic, BigInt(start + 4 * HOUR_MS))).toMatchObject({ offset: -1n, timestamp: -1n });
    });

    test('by time: deleted records are not found', async () => {
      const { topic, start } = await hourly();
      const admin = await lab.admin('kafkajs');
      await admin.deleteRecordsBefore(topic, 0, 1);
      expect(await listAt(topic, BigInt(start))).toMatchObject({
        offset: 1n,
        timestamp: BigInt(start + 2 * HOUR_MS),
      });
    });

    test('by time within one batch of several records', async () => {
      const topic = await lab.topic();
      const connection = await connect();
      const start = BigInt(Date.now() - HOUR_MS);
      const records = [0n, 10n, 20n].map((after) => ({
        topic,
        partition: 0,
        value: Buffer.from(`${after}`),
        timestamp: start + after,
      }));
      await produceV7.api.async(connection, -1, 10_000, records, { producerEpoch: -1 });
      expect(await listAt(topic, start + 5n)).toMatchObject({ offset: 1n, timestamp: start + 10n });
      const { response } = await fetchOnce(connection, { topic, offsets: { 0: 0 } });
      expect(recordsOf(response[0])).toHaveLength(3);
    });

    test('of an unknown partition is UNKNOWN_TOPIC_OR_PARTITION', async () => {
      expect((await listAt(lab.name('missing'), -1n)).errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    });
  });
}
