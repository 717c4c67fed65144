import { expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import { ExecutorProcess } from '../executor-process.ts';
import { joined, newIds, type StreamLab } from '../lab.ts';

export function rebalancing(lab: StreamLab): void {
  test('tasks submitted one by one reach every executor equally', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const [broker] = lab.broker.brokers as [string];
    await using first = new ExecutorProcess(broker, groupId);
    await using second = new ExecutorProcess(broker, groupId);
    await Promise.all([first.holds(48), second.holds(48)]);

    const ids = newIds(200);
    for (const task_id of ids) {
      producer.announce({ task_id, lane: 'normal' });
      await eventually('the message is sent', () => producer.health().buffered === 0, { intervalMs: 1 });
    }
    const share = (executor: ExecutorProcess) => executor.taskIds.filter((id) => ids.includes(id)).length;
    await eventually('all arrive', () => share(first) + share(second) === 200);
    expect(Math.abs(share(first) - share(second))).toBeLessThan(20);
  }, 60_000);

  test('an executor kept out of the group by a dead member reports that it is joining', async () => {
    const groupId = lab.newGroup();
    const [broker] = lab.broker.brokers as [string];
    await using dead = new ExecutorProcess(broker, groupId);
    await dead.holds(96);
    await dead.kill('SIGKILL');
    const reading = lab.consumer({ groupId, producer: lab.producer() });
    await eventually('the executor is joining', () => (reading.consumer.health().joiningForMs ?? 0) > 1_000);
    expect(reading.consumer.health()).toMatchObject({ connected: false, assignedPartitions: 0 });
    await joined(reading);
    expect(reading.consumer.health().joiningForMs).toBeUndefined();
  }, 60_000);

  test('while executors come, stop and die, every task arrives, and few arrive twice', async () => {
    const producer = lab.producer();
    const groupId = lab.newGroup();
    const [broker] = lab.broker.brokers as [string];
    const ids: string[] = [];
    const announce = (count: number) => {
      for (const task_id of newIds(count)) {
        ids.push(task_id);
        producer.announce({ task_id, lane: 'high' });
      }
    };
    await using first = new ExecutorProcess(broker, groupId);
    await first.holds(96);
    announce(300);
    await using second = new ExecutorProcess(broker, groupId);
    announce(300);
    await Promise.all([first.holds(48), second.holds(48)]);
    announce(300);
    expect(await first.kill('SIGTERM')).toBe(0);
    announce(300);
    await second.holds(96);
    await using third = new ExecutorProcess(broker, groupId);
    await Promise.all([second.holds(48), third.holds(48)]);
    announce(300);
    await third.kill('SIGKILL');
    announce(300);
    // Its partitions come back once its session has timed out.
    await second.holds(96);

    const all = () => [first, second, third].flatMap(({ taskIds }) => taskIds);
    await eventually('every task arrives', () => new Set(all()).isSupersetOf(new Set(ids)), {
      timeoutMs: 30_000,
    });
    const own = all().filter((id) => ids.includes(id));
    expect(own.length - ids.length).toBeLessThan(ids.length / 4);
  }, 90_000);
}
