import { describe, expect, test } from 'bun:test';
import { eventually, within } from '../../waiting.ts';
import type { GroupMember } from '../clients/client.ts';
import { inEachClient, type Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { endOffset, fetchOnce, produceBatch, recordsOf } from '../wire/records.ts';

const MAX_WAIT_MS = 5_000;
// Far below the maximum wait, far above what two busy cores need.
const WAKE_UP_MS_MAX = 1_000;

/** kafkajs finishes its last fetch before it leaves; records let it finish. */
async function leaveAwake(lab: Lab, member: GroupMember, topic: string): Promise<void> {
  let left = false;
  const leaving = member.leave().finally(() => {
    left = true;
  });
  await eventually('the member has left', async () => {
    await lab.client('kafkajs').produce(topic, [{ value: 'wake up' }]);
    return left;
  });
  await leaving;
}

export function longPoll(lab: Lab): void {
  inEachClient('an idle consumer that lets the broker wait for 5 s', (name) => {
    test('gets each new record long before that', async () => {
      const [topic, groupId] = [await lab.topic(), lab.name('group')];
      const member = await lab
        .client(name)
        .joinGroup({ topic, groupId, sessionTimeoutMs: 10_000, maxWaitMs: MAX_WAIT_MS });
      // The first record completes the consumer's start; each later one meets a parked fetch.
      await lab.client('kafkajs').produce(topic, [{ value: 'first' }]);
      await eventually('the first record', () => member.received.length === 1);
      for (let count = 2; count <= 5; count++) {
        const sentAt = performance.now();
        await lab.client('kafkajs').produce(topic, [{ value: `record ${count}` }]);
        await eventually(`record ${count}`, () => member.received.length === count, { intervalMs: 5 });
        expect(performance.now() - sentAt).toBeLessThan(WAKE_UP_MS_MAX);
      }
      await leaveAwake(lab, member, topic);
    });
  });

  describe('a parked fetch', () => {
    const connect = connectionsTo(lab);

    test('wakes when a record is appended', async () => {
      const topic = await lab.topic();
      const [reader, writer] = [await connect(), await connect()];
      const fetching = fetchOnce(reader, { topic, offsets: { 0: 0 }, maxWaitMs: MAX_WAIT_MS });
      await endOffset(writer, topic);
      const sentAt = performance.now();
      await produceBatch(writer, topic, ['awaited']);
      const { response } = await fetching;
      expect(performance.now() - sentAt).toBeLessThan(WAKE_UP_MS_MAX);
      expect(recordsOf(response[0])).toEqual([{ offset: 0, value: 'awaited' }]);
    });

    test('wakes for any of its partitions', async () => {
      const topic = await lab.topic(4);
      const [reader, writer] = [await connect(), await connect()];
      const offsets = { 0: 0, 1: 0, 2: 0, 3: 0 };
      const fetching = fetchOnce(reader, { topic, offsets, maxWaitMs: MAX_WAIT_MS });
      await endOffset(writer, topic);
      const sentAt = performance.now();
      await produceBatch(writer, topic, ['awaited'], { partition: 3 });
      const { response } = await fetching;
      expect(performance.now() - sentAt).toBeLessThan(WAKE_UP_MS_MAX);
      expect(recordsOf(response.find(({ partition }) => partition === 3))).toHaveLength(1);
    });

    test('stays parked while there are fewer bytes than requested', async () => {
      const topic = await lab.topic();
      const [reader, writer] = [await connect(), await connect()];
      let done = false;
      const fetching = fetchOnce(reader, {
        topic,
        offsets: { 0: 0 },
        maxWaitMs: MAX_WAIT_MS,
        minBytes: 5_000,
      }).finally(() => {
        done = true;
      });
      await produceBatch(writer, topic, ['too little']);
      await endOffset(writer, topic);
      expect(done).toBe(false);
      await produceBatch(writer, topic, ['enough'.padEnd(10_000)]);
      const { response } = await within('the fetch ends', WAKE_UP_MS_MAX, fetching);
      expect(recordsOf(response[0])).toHaveLength(2);
    });

    test('ends empty at its timeout, and not before', async () => {
      const topic = await lab.topic();
      const startedAt = performance.now();
      const { response } = await fetchOnce(await connect(), { topic, offsets: { 0: 0 }, maxWaitMs: 300 });
      const elapsedMs = performance.now() - startedAt;
      expect(elapsedMs).toBeWithin(290, 300 + WAKE_UP_MS_MAX);
      expect(recordsOf(response[0])).toEqual([]);
    });

    test('returns at once for a partition with an error', async () => {
      const topic = await lab.topic();
      const startedAt = performance.now();
      const request = { topic, offsets: { 0: 99 }, maxWaitMs: MAX_WAIT_MS };
      expect((await fetchOnce(await connect(), request)).errors).toEqual(['OFFSET_OUT_OF_RANGE']);
      expect(performance.now() - startedAt).toBeLessThan(WAKE_UP_MS_MAX);
    });
  });
}
