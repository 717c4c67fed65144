import { expect, test } from 'bun:test';
import type { UnreadableMessage } from '@millrace/contracts';
import { laneTopic, TASK_EVENTS, TASKS_DEAD, type TaskProducer } from '@millrace/stream';
import type { Codec } from '../../conformance/clients/client.ts';
import { platformaticClient } from '../../conformance/clients/platformatic-client.ts';
import { eventually } from '../../waiting.ts';
import { arrivals, joined, newIds, type StreamLab } from '../lab.ts';
import { readTopic, writeRaw } from '../reader.ts';

/** Batches that our consumers cannot parse. */
const COMPRESSED: { what: string; codec: Codec; value: string; reason: string }[] = [
  { what: 'in an unsupported compression', codec: 'snappy', value: 'hello', reason: 'Snappy' },
  { what: 'that would exhaust memory', codec: 'gzip', value: '0'.repeat(8_000_000), reason: 'larger than' },
];

type Dead = Parameters<TaskProducer['publishDead']>[0];

/** A producer that also notes what it sends to tasks.dead. */
function telling(producer: TaskProducer, told: Dead[]): Pick<TaskProducer, 'publishDead'> {
  return {
    publishDead(message) {
      told.push(message);
      producer.publishDead(message);
    },
  };
}

export function unreadable(lab: StreamLab): void {
  test('unreadable messages go to tasks.dead with the reason, and the partition moves on', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const told: UnreadableMessage[] = [];
    const reading = lab.consumer({ producer: telling(producer, told), groupId });
    await joined(reading);

    const mark = Bun.randomUUIDv7();
    const [task_id] = newIds(1) as [string];
    const bad = [`no JSON ${mark}`, `{"v":7,"mark":"${mark}"}`];
    const good = JSON.stringify({ v: 1, task_ids: [task_id] });
    await writeRaw(lab.broker.brokers, laneTopic('low'), [bad[0]!, null, bad[1]!, good]);

    await arrivals(reading, [task_id]);
    const dead = await readTopic(
      lab.broker.brokers,
      TASKS_DEAD,
      (read) => read.filter(({ value }) => value.includes('"tasks.low"')).length >= 3,
    );
    const messages = dead.map(({ value }) => JSON.parse(value) as UnreadableMessage);
    const values = messages.map(({ value_base64 }) => Buffer.from(value_base64 ?? '', 'base64').toString());
    expect(values).toEqual(expect.arrayContaining(bad));
    expect(messages).toContainEqual({
      v: 1,
      kind: 'unreadable',
      reason: 'the value is not JSON',
      topic: 'tasks.low',
      partition: 0,
      offset: expect.stringMatching(/^\d+$/),
      value_base64: Buffer.from(bad[0]!).toString('base64'),
    });
    expect(told).toHaveLength(3);

    // All four are done, and what other cases left before them: whoever takes over reads none of them.
    for (const doorbell of reading.doorbells) doorbell.acknowledge();
    await reading.consumer.stop();
    const next = lab.consumer({ producer: telling(producer, told), groupId });
    await joined(next);
    const [later] = newIds(1) as [string];
    await writeRaw(lab.broker.brokers, laneTopic('low'), [JSON.stringify({ v: 1, task_ids: [later] })]);
    await arrivals(next, [later]);
    expect(next.doorbells.map(({ taskId }) => taskId)).not.toContain(task_id);
    expect(told).toHaveLength(3);
  });
  for (const { what, codec, value, reason } of COMPRESSED) {
    test(`so does a batch ${what}, on a lane and among events`, async () => {
      const producer = lab.producer();
      const told: UnreadableMessage[] = [];
      const reading = lab.consumer({ producer: telling(producer, told) });
      const listening = lab.eventReader();
      await joined(reading);
      await eventually('the reader is connected', () => listening.reader.health().connected);
      const stranger = platformaticClient(lab.broker.brokers[0]!);
      try {
        const topics = [laneTopic('low'), TASK_EVENTS];
        for (const topic of topics) await stranger.produce(topic, [{ partition: 0, value }], { codec });
      } finally {
        await stranger.close();
      }

      await eventually('its skipping is counted', () => listening.reader.health().skipped === 1);
      const isOurs = (message: UnreadableMessage) => message.reason.includes(reason);
      await eventually('the unreadable batch is reported', () => told.some(isOurs));
      expect(told.find(isOurs)?.reason).toStartWith('its batch cannot be read: ');
      const [task_id] = newIds(1) as [string];
      await writeRaw(lab.broker.brokers, laneTopic('low'), [JSON.stringify({ v: 1, task_ids: [task_id] })]);
      await arrivals(reading, [task_id]);
      producer.publishEvent({ v: 1, type: 'status', task_id, attempt: 1, status: 'RUNNING' });
      await eventually('the next event is received', () => listening.events.length > 0);
    });
  }
}
