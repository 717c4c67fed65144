import { expect, test } from 'bun:test';
import type { StatusEvent, TaskEvent } from '@millrace/contracts';
import { TASK_EVENTS } from '@millrace/stream';
import { eventually } from '../../waiting.ts';
import { newIds, type ReadingEvents, recordingLogger, type StreamLab } from '../lab.ts';
import { kafka, writeRaw } from '../reader.ts';

export function events(lab: StreamLab): void {
  test('every reader receives every event from its start on, in order per task', async () => {
    const producer = lab.producer();
    const [before] = newIds(1) as [string];
    producer.publishEvent(eventOf(before, 'COMPLETED', 1));
    await eventually(
      'the event is sent',
      () => producer.health().connected && producer.health().buffered === 0,
    );

    const readings = [lab.eventReader(), lab.eventReader()];
    await Promise.all(readings.map(listens));
    const ids = newIds(300);
    for (const id of ids) {
      producer.publishEvent(eventOf(id, 'RUNNING', 1));
      producer.publishEvent(eventOf(id, 'COMPLETED', 1));
    }
    for (const reading of readings) {
      await hears(reading, ids);
      for (const id of ids) {
        const own = reading.events.filter(({ task_id }) => task_id === id);
        expect(own).toEqual([eventOf(id, 'RUNNING', 1), eventOf(id, 'COMPLETED', 1)]);
      }
      expect(reading.events.some(({ task_id }) => task_id === before)).toBe(false);
    }
  });

  test('an event published after a gap was reported is received', async () => {
    const producer = lab.producer();
    await eventually('connected', () => producer.health().connected);
    for (let round = 0; round < 5; round++) {
      const [id] = newIds(1) as [string];
      let told = false;
      const reading = lab.eventReader({
        onGap() {
          if (!told) producer.publishEvent(eventOf(id, 'FAILED', 1));
          told = true;
        },
      });
      await hears(reading, [id]);
      await reading.reader.stop();
    }
  });

  test('while nobody wants statuses, those of tasks with no other events are left unread', async () => {
    const producer = lab.producer();
    let asked = 0;
    let wanted = false;
    const reading = lab.eventReader({
      wantsStatuses() {
        asked++;
        return wanted;
      },
    });
    await listens(reading);
    const [unread, withEvents, read] = newIds(3) as [string, string, string];
    producer.publishStatus({ task_id: unread, status: 'COMPLETED', attempt: 1 });
    await eventually('the status arrives', () => asked === 1);
    producer.publishEvent(eventOf(withEvents, 'COMPLETED', 1));
    await hears(reading, [withEvents]);
    wanted = true;
    producer.publishStatus({ task_id: read, status: 'COMPLETED', attempt: 1 });
    await hears(reading, [read]);
    expect(reading.events.map(({ task_id }) => task_id)).toEqual([withEvents, read]);
    expect(asked).toBe(2);
  });

  test('unreadable events are skipped with one warning', async () => {
    const { logger, lines } = recordingLogger();
    const reading = lab.eventReader({ logger });
    await listens(reading);
    const [id] = newIds(1) as [string];
    const good = JSON.stringify(eventOf(id, 'CANCELLED', 0));
    const forged = JSON.stringify({ ...eventOf(id, 'COMPLETED', 1), extra: true });
    await writeRaw(lab.broker.brokers, TASK_EVENTS, ['no JSON', null, '{}', forged, good]);
    await hears(reading, [id]);
    expect(reading.events).toEqual([eventOf(id, 'CANCELLED', 0)]);
    expect(reading.reader.health().skipped).toBe(4);
    const warnings = lines.filter(({ level, message }) => level === 'warn' && message.includes('skipped'));
    expect(warnings).toHaveLength(1);
  });

  test('an exception in onEvents ends nothing', async () => {
    const producer = lab.producer();
    const { logger, lines } = recordingLogger();
    const heard: string[] = [];
    const reading = lab.eventReader({
      logger,
      onEvents(arrived) {
        heard.push(...arrived.map(({ task_id }) => task_id));
        throw new Error('on purpose');
      },
    });
    await listens(reading);
    for (const id of newIds(2)) {
      producer.publishEvent(eventOf(id, 'RUNNING', 1));
      await eventually('the event is received all the same', () => heard.includes(id));
    }
    expect(lines.some(({ message }) => message === 'onEvents threw')).toBe(true);
  });

  test('after an outage it resumes by itself, and reports the gap', async () => {
    const producer = lab.producer();
    const { logger, lines } = recordingLogger();
    const reading = lab.eventReader({ logger });
    await listens(reading);
    await lab.broker.kill('SIGKILL');
    // kafkajs survives shorter outages and resumes where it was: nothing is missed then.
    const lost = () => lines.some(({ message }) => message.includes('event reader lost its broker'));
    await eventually('it gives up on its connection', lost, { timeoutMs: 30_000 });
    expect(reading.reader.health().connected).toBe(false);
    const gaps = reading.gaps();
    await lab.broker.restart();
    await eventually('the reader reports the gap', () => reading.gaps() > gaps, { timeoutMs: 30_000 });
    await eventually('it is connected', () => reading.reader.health().connected);
    expect(lines.findLast(({ level }) => level !== 'debug')?.message).toBe(
      'the event reader joined its group',
    );
    const [id] = newIds(1) as [string];
    producer.publishEvent(eventOf(id, 'COMPLETED', 2));
    await hears(reading, [id]);
  }, 90_000);

  test('a broker that is back at once causes a pause, not a gap', async () => {
    const producer = lab.producer();
    const reading = lab.eventReader();
    await listens(reading);
    await lab.broker.kill('SIGKILL');
    await lab.broker.restart();
    await eventually('connected', () => producer.health().connected);
    const [id] = newIds(1) as [string];
    const gaps = reading.gaps();
    producer.publishEvent(eventOf(id, 'COMPLETED', 1));
    // If it had to rejoin, it reported a gap; otherwise it must have received the event.
    await eventually(
      'the reader receives the event or reports a gap',
      () => reading.gaps() > gaps || reading.events.length > 0,
      {
        timeoutMs: 20_000,
      },
    );
  }, 60_000);

  test('a stopped reader leaves no group with committed offsets behind', async () => {
    const reading = lab.eventReader();
    await listens(reading);
    await reading.reader.stop();
    const admin = kafka(lab.broker.brokers).admin();
    await admin.connect();
    try {
      const { groups } = await admin.listGroups();
      for (const { groupId } of groups.filter((group) => group.groupId.startsWith('events-'))) {
        const [offsets] = await admin.fetchOffsets({ groupId, topics: [TASK_EVENTS] });
        expect(offsets?.partitions.filter(({ offset }) => offset !== '-1')).toEqual([]);
      }
    } finally {
      await admin.disconnect();
    }
  });

  test('with the broker down it stops within its deadline', async () => {
    const reading = lab.eventReader();
    await listens(reading);
    await lab.broker.kill('SIGKILL');
    const begun = performance.now();
    await reading.reader.stop();
    expect(performance.now() - begun).toBeLessThan(5_000);
    await lab.broker.restart();
  }, 60_000);
}

function eventOf(task_id: string, status: StatusEvent['status'], attempt: number): TaskEvent {
  return { v: 1, type: 'status', task_id, status, attempt };
}

async function listens(reading: ReadingEvents): Promise<void> {
  await eventually('the reader listens', () => reading.gaps() > 0, { timeoutMs: 30_000 });
}

async function hears(reading: ReadingEvents, ids: readonly string[]): Promise<void> {
  const last = (id: string) =>
    reading.events.some(
      (event) => event.type === 'status' && event.task_id === id && event.status !== 'RUNNING',
    );
  await eventually(`the ends of ${ids.length} tasks are received`, () => ids.every(last), {
    timeoutMs: 15_000,
  });
}
