import { expect, test } from 'bun:test';
import type { TaskProducer } from '@millrace/stream';
import { eventually } from '../../waiting.ts';
import {
  allSent,
  arrivals,
  joined,
  newIds,
  type ReadingConsumer,
  recordingLogger,
  type StreamLab,
} from '../lab.ts';

export function outages(lab: StreamLab): void {
  test('with the broker down at startup both start, say so, and recover by themselves', async () => {
    await lab.broker.kill('SIGKILL');
    const { logger, lines } = recordingLogger();
    const producer = lab.producer({ logger });
    const reading = lab.consumer({ producer, logger });
    const ids = newIds(100);
    for (const task_id of ids) producer.announce({ task_id, lane: 'normal' });
    await eventually('both say that they have no broker', () => lines.filter(isWarning).length === 2, {
      timeoutMs: 20_000,
    });
    expect(producer.health()).toEqual({ connected: false, buffered: 100, dropped: 0 });
    expect(reading.consumer.health()).toEqual({ connected: false, lastFetchAt: null, assignedPartitions: 0 });

    await lab.broker.restart();
    await arrivals(reading, ids, 30_000);
    await allSent(producer);
    expect(producer.health().dropped).toBe(0);
    expect(reading.consumer.health()).toMatchObject({ connected: true, assignedPartitions: 96 });
    // One line each for the outage, and nothing of kafkajs's own about its reconnects.
    const other = lines.filter((line) => isWarning(line) && !line.message.includes('tasks.dead'));
    expect(other.map(({ message }) => message)).toEqual([
      expect.stringContaining('lost its broker'),
      expect.stringContaining('lost its broker'),
    ]);
  }, 90_000);

  test('a broker killed under load comes back: nothing is lost, and health shows it', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    await joined(reading);
    const ids = newIds(3_000);
    for (const task_id of ids.slice(0, 1_000)) producer.announce({ task_id, lane: 'high' });
    await lab.broker.kill('SIGKILL');
    for (const task_id of ids.slice(1_000, 2_000)) producer.announce({ task_id, lane: 'high' });
    await bothAre(false, producer, reading);

    await lab.broker.restart();
    for (const task_id of ids.slice(2_000)) producer.announce({ task_id, lane: 'high' });
    await arrivals(reading, ids, 60_000);
    await joined(reading);
    await allSent(producer);
    expect(producer.health().dropped).toBe(0);
  }, 120_000);

  test('an idle producer notices that its broker is gone, and that it is back', async () => {
    const producer = lab.producer();
    await eventually('connected', () => producer.health().connected);
    await lab.broker.kill('SIGKILL');
    await eventually('not connected', () => !producer.health().connected);
    await lab.broker.restart();
    await eventually('connected again', () => producer.health().connected, { timeoutMs: 20_000 });
  }, 60_000);

  test('a frozen broker, its sockets still open, is reported as not connected; thawed, everything resumes', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    await joined(reading);
    await bothAre(true, producer, reading);
    const ids = newIds(10);
    await lab.broker.kill('SIGSTOP');
    try {
      for (const task_id of ids) producer.announce({ task_id, lane: 'high' });
      await bothAre(false, producer, reading);
    } finally {
      await lab.broker.kill('SIGCONT');
    }
    await arrivals(reading, ids);
    await bothAre(true, producer, reading);
  }, 60_000);

  test('with the broker down both stop within their deadlines', async () => {
    const producer = lab.producer();
    const reading = lab.consumer({ producer });
    await joined(reading);
    await lab.broker.kill('SIGKILL');
    for (const task_id of newIds(10)) producer.announce({ task_id, lane: 'low' });
    const begun = performance.now();
    await Promise.all([reading.consumer.stop(), producer.stop(1_000)]);
    expect(performance.now() - begun).toBeLessThan(10_000);
    await lab.broker.restart();
  }, 60_000);
}

function isWarning({ level }: { level: string }): boolean {
  return level === 'warn' || level === 'error';
}

function bothAre(connected: boolean, producer: TaskProducer, { consumer }: ReadingConsumer): Promise<true> {
  return eventually(
    `producer and consumer are ${connected ? '' : 'not '}connected`,
    () => producer.health().connected === connected && consumer.health().connected === connected,
    { timeoutMs: 20_000 },
  );
}
