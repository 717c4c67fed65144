import { expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import { arrivals, joined, newIds, type StreamLab } from '../lab.ts';
import { kafka } from '../reader.ts';

export function resuming(lab: StreamLab): void {
  test('messages acknowledged before a stop are not redelivered; the others are', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const first = lab.consumer({ producer, groupId });
    await joined(first);
    const done = newIds(200);
    for (const task_id of done) producer.announce({ task_id, lane: 'normal' });
    await arrivals(first, done);
    const open = newIds(50);
    for (const task_id of open) producer.announce({ task_id, lane: 'normal' });
    await arrivals(first, open);
    // Including what other cases have left on these topics: nothing past an unacknowledged message is committed.
    for (const { taskId, acknowledge } of first.doorbells) if (!open.includes(taskId)) acknowledge();
    await first.consumer.stop();

    const second = lab.consumer({ producer, groupId });
    const again = await arrivals(second, open);
    expect(again).toHaveLength(50);
    expect(second.doorbells.filter(({ taskId }) => done.includes(taskId))).toEqual([]);
  });

  test('acknowledgements are committed while running: a crash repeats at most the last half second', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const reading = lab.consumer({ producer, groupId });
    await joined(reading);
    const ids = newIds(100);
    for (const task_id of ids) producer.announce({ task_id, lane: 'high' });
    for (const { acknowledge } of await arrivals(reading, ids)) acknowledge();
    for (const { acknowledge } of reading.doorbells) acknowledge();

    const admin = kafka(lab.broker.brokers).admin();
    await admin.connect();
    try {
      await eventually('every partition of tasks.high is committed to its end', async () => {
        const [ends, [committed]] = await Promise.all([
          admin.fetchTopicOffsets('tasks.high'),
          admin.fetchOffsets({ groupId, topics: ['tasks.high'] }),
        ]);
        const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset]));
        return ends.every(({ partition, offset }) => offset === '0' || offsets.get(partition) === offset);
      });
    } finally {
      await admin.disconnect();
    }
  });

  test('a drain: nothing new after stopFetching, and pending acknowledgements are still committed', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const first = lab.consumer({ producer, groupId });
    await joined(first);
    const inHand = newIds(20);
    for (const task_id of inHand) producer.announce({ task_id, lane: 'low' });
    const held = await arrivals(first, inHand);

    first.consumer.stopFetching();
    first.consumer.resume('low');
    const late = newIds(20);
    for (const task_id of late) producer.announce({ task_id, lane: 'low' });
    await eventually('the late tasks are sent', () => producer.health().buffered === 0);
    const polled = first.consumer.health().lastFetchAt ?? 0;
    await eventually('it stays a member', () => (first.consumer.health().lastFetchAt ?? 0) > polled + 1_000);
    for (const { acknowledge } of [...first.doorbells, ...held]) acknowledge();
    await first.consumer.stop();

    const second = lab.consumer({ producer, groupId });
    await arrivals(second, late);
    const repeated = second.doorbells.filter(({ taskId }) => inHand.includes(taskId));
    expect(repeated).toEqual([]);
    expect(first.doorbells.filter(({ taskId }) => late.includes(taskId))).toEqual([]);
  });
}
