import { expect, test } from 'bun:test';
import type { UnreadableMessage } from '@millrace/contracts';
import { laneTopic, TASKS_DEAD } from '@millrace/stream';
import { arrivals, joined, newIds, type StreamLab } from '../lab.ts';
import { readTopic, writeRaw } from '../reader.ts';

export function unreadable(lab: StreamLab): void {
  test('what nobody can read goes to tasks.dead with the reason, and the partition moves on', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const told: UnreadableMessage[] = [];
    const reading = lab.consumer({ producer, groupId, onUnreadable: (message) => told.push(message) });
    await joined(reading);

    const mark = Bun.randomUUIDv7();
    const [task_id] = newIds(1) as [string];
    const bad = [`no JSON ${mark}`, `{"v":7,"mark":"${mark}"}`];
    const good = JSON.stringify({ v: 1, task_ids: [task_id] });
    await writeRaw(lab.broker.brokers, laneTopic('low'), [bad[0]!, null, bad[1]!, good]);

    const [doorbell] = await arrivals(reading, [task_id]);
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

    // All four are done with: whoever takes over reads none of them.
    doorbell?.acknowledge();
    await reading.consumer.stop();
    const next = lab.consumer({ producer, groupId, onUnreadable: (message) => told.push(message) });
    await joined(next);
    const [later] = newIds(1) as [string];
    await writeRaw(lab.broker.brokers, laneTopic('low'), [JSON.stringify({ v: 1, task_ids: [later] })]);
    await arrivals(next, [later]);
    expect(next.doorbells.map(({ taskId }) => taskId)).not.toContain(task_id);
    expect(told).toHaveLength(3);
  });
}
