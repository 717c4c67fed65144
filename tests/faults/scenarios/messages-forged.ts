import { LANES } from '@millrace/contracts';
import { laneTopic, TASKS_DEAD } from '@millrace/stream';
import { kafka, readTopic } from '../../stream/reader.ts';
import type { Run, Scenario } from '../scenario.ts';
import { moments, type Random } from '../schedule.ts';
import { streamProblems } from './stream-problems.ts';

const UNREADABLE = 'unreadable messages sent';
const MARK = 'forged by a fault test';

export const messagesForged: Scenario = {
  name: 'messages-forged',
  title: 'duplicate, reordered and forged messages',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 300, 1_200).map((atMs) => ({
      atMs,
      fault: random.pick(['repeat-and-reorder', 'repeat-and-reorder', 'forge-ids', 'send-rubbish']),
      count: 20 + random.below(180),
    })),
  async perform({ fault, count }, run) {
    const values = await messages[fault]!(run, count!);
    run.hit(fault);
    const producer = kafka(run.world.broker.process.brokers).producer();
    await producer.connect();
    try {
      // Each to any lane and partition, whatever the task's own.
      const topicMessages = values.map((value) => ({
        topic: laneTopic(run.random.pick(LANES)),
        messages: [{ value }],
      }));
      await producer.sendBatch({ topicMessages });
    } finally {
      await producer.disconnect();
    }
  },
  async verify(run) {
    const sent = run.notes.get(UNREADABLE) ?? 0;
    const problems = await streamProblems(run);
    if (sent === 0) return problems;
    const isOurs = ({ value }: { value: string }) => value.includes('"unreadable"');
    await readTopic(
      run.world.broker.process.brokers,
      TASKS_DEAD,
      (read) => read.filter(isOurs).length >= sent,
    ).catch(() => problems.push(`not all of ${sent} unreadable messages have arrived on ${TASKS_DEAD}`));
    return problems;
  },
};

const messages: Record<string, (run: Run, count: number) => Promise<(string | null)[]>> = {
  /** Of pending, running, finished and delayed tasks, in any order. */
  async 'repeat-and-reorder'({ world, random }, count) {
    const rows = await world.db.sql<{ id: string }[]>`
      (select id from tasks order by id desc limit ${count}) union all (select id from tasks order by id limit ${count})`;
    return shuffled(
      rows.flatMap(({ id }) => Array.from({ length: 1 + random.below(3) }, () => ready(id))),
      random,
    ).slice(0, count);
  },
  async 'forge-ids'(_, count) {
    return Array.from({ length: count }, () => ready(Bun.randomUUIDv7()));
  },
  async 'send-rubbish'(run, count) {
    const kinds = [
      null,
      '',
      MARK,
      '{"v":1}',
      JSON.stringify({ v: 1, task_ids: [MARK] }),
      JSON.stringify({ v: 2, task_id: Bun.randomUUIDv7() }),
      JSON.stringify({ v: 1, type: 'status', task_id: Bun.randomUUIDv7(), status: 'COMPLETED' }),
      `[${'1,'.repeat(20_000)}1]`,
    ];
    run.note(UNREADABLE, count);
    return Array.from({ length: count }, () => run.random.pick(kinds));
  },
};

function ready(taskId: string): string {
  return JSON.stringify({ v: 1, task_ids: [taskId] });
}

function shuffled<T>(values: T[], random: Random): T[] {
  for (let i = values.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [values[i], values[other]] = [values[other]!, values[i]!];
  }
  return values;
}
