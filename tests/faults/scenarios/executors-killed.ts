import { eventually } from '../../waiting.ts';
import { takeoversOf } from '../recovery.ts';
import { executorId, type Run, type Scenario } from '../scenario.ts';
import { moments, type Step } from '../schedule.ts';
import { EXECUTORS } from '../world.ts';
import { untilBusy } from './until-busy.ts';

export const executorsKilled: Scenario = {
  name: 'executors-killed',
  title: 'kill -9 of an executor mid-task, every few seconds',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 1_500, 4_000).map((atMs) => ({
      atMs,
      fault: 'kill-executor',
      executor: random.below(EXECUTORS),
    })),
  perform: killExecutor,
  verify: ({ faults }, audit) =>
    takeoversOf(audit, faults).length > 0
      ? []
      : ['the killed executors left no task for others to take over'],
};

/** While it runs at least one task; resolves when another process has replaced it, ready or not. */
async function killExecutor(step: Step, run: Run): Promise<void> {
  const executor = run.executor(step);
  run.note('running tasks in killed executors', await untilBusy(executor, run));
  const { pid } = executor;
  run.hit(step.fault, executorId(executor));
  executor.kill('SIGKILL');
  await eventually(`${executor.name} is started again`, () => executor.pid !== null && executor.pid !== pid);
}
