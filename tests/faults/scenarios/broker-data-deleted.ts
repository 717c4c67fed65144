import { eventually } from '../../waiting.ts';
import type { Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';
import { streamProblems } from './stream-problems.ts';

export const brokerDataDeleted: Scenario = {
  name: 'broker-data-deleted',
  title: 'broker data deleted while tasks are pending',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 6_000, 10_000).map((atMs) => ({ atMs, fault: 'delete-broker-data' })),
  async perform({ fault }, run) {
    const { broker, db } = run.world;
    const pending = await eventually(
      'tasks are pending',
      async () =>
        Number((await db.sql`select count(*) as count from tasks where status = 'PENDING'`)[0]!.count),
      { timeoutMs: 20_000, intervalMs: 5 },
    );
    run.note('tasks pending when the broker lost its data', pending);
    run.hit(fault);
    await broker.process.kill('SIGKILL');
    await broker.deleteData();
    await broker.process.restart();
  },
  verify: streamProblems,
};
