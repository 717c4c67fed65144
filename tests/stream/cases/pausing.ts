import { expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import { allSent, arrivals, joined, newIds, type ReadingConsumer, type StreamLab } from '../lab.ts';

export function pausing(lab: StreamLab): void {
  test('a paused lane delivers nothing while the others do, and everything on resume', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    await joined(reading);
    reading.consumer.pause('low');
    const [low, high] = [newIds(20), newIds(20)];
    for (const task_id of low) producer.announce({ task_id, lane: 'low' });
    for (const task_id of high) producer.announce({ task_id, lane: 'high' });
    await arrivals(reading, high);
    expect(countOf(reading, low)).toBe(0);

    reading.consumer.resume('low');
    expect(await arrivals(reading, low)).toHaveLength(20);
  });

  test('a resumed lane delivers long before a poll would have timed out', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    await joined(reading);
    const tookMs: number[] = [];
    for (let round = 0; round < 3; round++) {
      reading.consumer.pause('low');
      const [low, high] = [newIds(1), newIds(1)];
      for (const task_id of low) producer.announce({ task_id, lane: 'low' });
      for (const task_id of high) producer.announce({ task_id, lane: 'high' });
      // With this one a poll has ended, and the next has just begun without the paused lane.
      await arrivals(reading, high);
      await allSent(producer);
      const resumedAt = performance.now();
      reading.consumer.resume('low');
      await arrivals(reading, low);
      tookMs.push(performance.now() - resumedAt);
    }
    expect(Math.min(...tookMs)).toBeLessThan(250);
  });

  test('pausing from within onDoorbells takes effect mid-response', async () => {
    const producer = lab.producer();
    const ids = newIds(640);
    const groupId = lab.newGroup();
    const warm = lab.consumer({ producer, groupId });
    await joined(warm);
    await warm.consumer.stop();
    for (const task_id of ids) producer.announce({ task_id, lane: 'normal' });

    const doorbells: ReadingConsumer['doorbells'] = [];
    let pauses = 0;
    let pausedAt = Number.POSITIVE_INFINITY;
    const reading = lab.consumer({
      producer,
      groupId,
      onDoorbells(arrived) {
        // Other cases have left messages on these topics too.
        const own = arrived.filter(({ taskId }) => ids.includes(taskId));
        doorbells.push(...own);
        if (own.length > 0 && pauses < 3) {
          pauses++;
          pausedAt = performance.now();
          reading.consumer.pause('normal');
        }
      },
    });
    // Polled again, it has handled all of the response before.
    const { consumer } = reading;
    await eventually('the poll after the first batch', () => (consumer.health().lastFetchAt ?? 0) > pausedAt);
    // The batch of one partition, about a thirty-second of them, and not the whole response.
    expect(doorbells.length).toBeLessThan(ids.length / 4);
    while (doorbells.length < ids.length && pauses < 3) {
      const before = doorbells.length;
      reading.consumer.resume('normal');
      await eventually('more after resume', () => doorbells.length > before);
    }
    reading.consumer.resume('normal');
    await arrivals({ doorbells }, ids);
    expect(doorbells).toHaveLength(ids.length);
  });

  test('a lane paused before the consumer starts, and through a rebalance, stays paused', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const first = lab.consumer({ producer, groupId });
    first.consumer.pause('normal');
    await joined(first);

    const second = lab.consumer({ producer, groupId });
    second.consumer.pause('normal');
    await joined(second);
    await second.consumer.stop();
    await eventually('all partitions are back', () => first.consumer.health().assignedPartitions === 96, {
      timeoutMs: 30_000,
    });

    const [normal, high] = [newIds(64), newIds(64)];
    for (const task_id of normal) producer.announce({ task_id, lane: 'normal' });
    for (const task_id of high) producer.announce({ task_id, lane: 'high' });
    await arrivals(first, high);
    expect(countOf(first, normal)).toBe(0);
    first.consumer.resume('normal');
    await arrivals(first, normal);
  });
}

function countOf({ doorbells }: ReadingConsumer, ids: readonly string[]): number {
  return doorbells.filter(({ taskId }) => ids.includes(taskId)).length;
}
