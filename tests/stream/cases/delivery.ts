import { expect, test } from 'bun:test';
import type { StatusEvent } from '@millrace/contracts';
import { TASK_EVENTS, TASKS_DEAD } from '@millrace/stream';
import { eventually } from '../../waiting.ts';
import { allSent, arrivals, joined, newIds, type StreamLab } from '../lab.ts';
import { readTopic } from '../reader.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export function delivery(lab: StreamLab): void {
  test('announced tasks arrive with their lane and their trace', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    const [high, normal, low] = newIds(3) as [string, string, string];
    producer.announce({ task_id: high, lane: 'high', traceparent: TRACEPARENT });
    producer.announce({ task_id: normal, lane: 'normal' });
    producer.announce({ task_id: low, lane: 'low', traceparent: TRACEPARENT });

    const arrived = await arrivals(reading, [high, normal, low]);
    const seen = arrived.map(({ taskId, lane, traceparent }) => ({ taskId, lane, traceparent }));
    expect(seen).toHaveLength(3);
    expect(seen).toContainEqual({ taskId: high, lane: 'high', traceparent: TRACEPARENT });
    expect(seen).toContainEqual({ taskId: normal, lane: 'normal', traceparent: undefined });
    expect(seen).toContainEqual({ taskId: low, lane: 'low', traceparent: TRACEPARENT });
  });

  test('what was delivered is not fetched again, even before it is acknowledged', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    const ids = newIds(20);
    for (const task_id of ids) producer.announce({ task_id, lane: 'normal' });
    await arrivals(reading, ids);
    const polls = new Set<number>();
    await eventually('more polls', () => polls.add(reading.consumer.health().lastFetchAt!).size === 6, {
      intervalMs: 5,
    });
    // With nothing to fetch, each takes half a second.
    const [, first, ...later] = polls;
    expect(later.at(-1)! - first!).toBeGreaterThan(1_000);
  });

  test('a burst arrives complete, each task once', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    await joined(reading);
    const ids = newIds(5_000);
    for (const task_id of ids) producer.announce({ task_id, lane: 'normal', traceparent: TRACEPARENT });
    expect(await arrivals(reading, ids)).toHaveLength(5_000);
    await allSent(producer);
    expect(producer.health().dropped).toBe(0);
  });

  test('the events of a task stay in order, on one partition', async () => {
    const producer = lab.producer();
    const [first, second] = newIds(2) as [string, string];
    const statuses: StatusEvent['status'][] = ['PENDING', 'RUNNING', 'COMPLETED'];
    for (const [attempt, status] of statuses.entries()) {
      for (const task_id of [first, second]) {
        producer.publishEvent({ v: 1, type: 'status', task_id, status, attempt });
      }
    }
    const own = (messages: readonly { key: string | undefined }[]) =>
      messages.filter(({ key }) => key === first || key === second);
    const messages = await readTopic(lab.broker.brokers, TASK_EVENTS, (read) => own(read).length === 6);
    for (const id of [first, second]) {
      const events = messages.filter(({ key }) => key === id);
      expect(new Set(events.map(({ partition }) => partition)).size).toBe(1);
      expect(events.map(({ value }) => (JSON.parse(value) as StatusEvent).status)).toEqual(statuses);
    }
  });

  test('a failed task is published on tasks.dead', async () => {
    const producer = lab.producer();
    const [task_id] = newIds(1) as [string];
    const message = { v: 1, kind: 'failed', task_id, code: 'timeout', message: 'took too long' } as const;
    producer.publishDead(message);
    const dead = await readTopic(lab.broker.brokers, TASKS_DEAD, (read) =>
      read.some(({ value }) => value.includes(task_id)),
    );
    expect(dead.map(({ value }) => JSON.parse(value) as object)).toContainEqual(message);
  });

  test('health reports the last poll, which is recent even while idle', async () => {
    const reading = lab.consumer({ producer: lab.producer() });
    expect(reading.consumer.health()).toEqual({ connected: false, lastFetchAt: null, assignedPartitions: 0 });
    await joined(reading);
    for (let polls = 0, last = 0; polls < 3; polls++) {
      last = await eventually('another poll', () => {
        const at = reading.consumer.health().lastFetchAt ?? 0;
        return at > last && at;
      });
    }
    expect(reading.consumer.health()).toMatchObject({ connected: true, assignedPartitions: 96 });
  });
}
