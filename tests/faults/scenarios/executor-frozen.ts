import { eventually } from '../../waiting.ts';
import { isTakeover, type Transition } from '../audit.ts';
import { pause } from '../clock.ts';
import { executorId, type Run, type Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';
import { EXECUTORS, LEASE_MS } from '../world.ts';
import { untilBusy } from './until-busy.ts';

export const executorFrozen: Scenario = {
  name: 'executor-frozen',
  title: 'an executor stopped by SIGSTOP past its lease and then continued writes nothing',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 3_000, 6_000).map((atMs) => ({
      atMs,
      fault: 'freeze-executor',
      executor: random.below(EXECUTORS),
      // On top of the lease and the takeover.
      forMs: random.below(1_000),
    })),
  async perform(step, run) {
    const executor = run.executor(step);
    const id = executorId(executor);
    await untilBusy(executor, run);
    executor.kill('SIGSTOP');
    run.hit(step.fault, id);
    try {
      await pause(LEASE_MS);
      run.note('tasks taken from frozen executors', await untilAllTaken(run, id));
      await pause(step.forMs!);
    } finally {
      executor.kill('SIGCONT');
    }
  },
  verify: ({ world, notes }) => {
    const problems: string[] = [];
    if (!notes.get('tasks taken from frozen executors'))
      problems.push('no task was taken from a frozen executor');
    // Every scenario checks that a zombie wrote nothing; here there must have been a zombie that noticed.
    const noticed = [...world.logged('attempt abandoned'), ...world.logged('attempt had lost its task')];
    if (noticed.length === 0) problems.push('no continued executor noticed that it had lost its tasks');
    return problems;
  },
};

/** Resolves when the executor holds no task any more, with how many were taken from it. */
async function untilAllTaken({ world: { db } }: Run, id: string): Promise<number> {
  await eventually(
    'others have taken what the frozen executor ran',
    async () => {
      const held = await db.sql`select 1 from tasks where status = 'RUNNING' and executor = ${id} limit 1`;
      return held.length === 0;
    },
    { timeoutMs: 30_000 },
  );
  const transitions = await db.sql<Transition[]>`select * from fault_audit where old_executor = ${id}`;
  return transitions.filter(isTakeover).length;
}
