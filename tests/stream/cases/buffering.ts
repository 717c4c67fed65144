import { expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import { arrivals, joined, newIds, type StreamLab } from '../lab.ts';

export function buffering(lab: StreamLab): void {
  test('with the broker frozen, announcing neither throws nor waits; the oldest excess messages are dropped and counted', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer: lab.producer() });
    await joined(reading);
    await eventually('the producer is connected', () => producer.health().connected);
    const ids = newIds(12_000);
    await lab.broker.kill('SIGSTOP');
    try {
      const begun = performance.now();
      for (const task_id of ids) producer.announce({ task_id, lane: 'high' });
      expect(performance.now() - begun).toBeLessThan(1_000);
      expect(producer.health()).toMatchObject({ buffered: 10_000, dropped: 2_000 });
    } finally {
      await lab.broker.kill('SIGCONT');
    }
    await arrivals(reading, ids.slice(-10_000));
    expect(reading.doorbells.filter(({ taskId }) => ids.slice(0, 1_000).includes(taskId))).toEqual([]);
  });

  test('if enough for the next send arrives during each one, sends become rarer', async () => {
    const sentAt: number[] = [];
    const producer = lab.producer({ onProduced: () => sentAt.push(performance.now()) });
    const announcing = setInterval(() => {
      for (const task_id of newIds(20)) producer.announce({ task_id, lane: 'high' });
    }, 1);
    try {
      await eventually('much is sent', () => sentAt.length >= 40);
    } finally {
      clearInterval(announcing);
    }
    // The first sends teach it the rate. With less to send, the interval is 8 ms.
    expect((sentAt[39]! - sentAt[19]!) / 20).toBeGreaterThan(13);
  });

  test('stop sends the buffered messages, within its time limit', async () => {
    const producer = lab.producer();
    const ids = newIds(3_000);
    for (const task_id of ids) producer.announce({ task_id, lane: 'low' });
    const begun = performance.now();
    await producer.stop(20_000);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(producer.health()).toEqual({ connected: false, buffered: 0, dropped: 0 });
    await arrivals(lab.consumer({ producer }), ids);
  });
}
