import { eventually } from '../../waiting.ts';
import { executorId, type Run } from '../scenario.ts';
import type { Step } from '../schedule.ts';
import { untilBusy } from './until-busy.ts';

/** While it runs at least one task; resolves when another process has replaced it, ready or not. */
export async function killExecutor(step: Step, run: Run): Promise<void> {
  const executor = run.executor(step);
  run.note('running tasks in killed executors', await untilBusy(executor, run));
  const { pid } = executor;
  run.hit(step.fault, executorId(executor));
  executor.kill('SIGKILL');
  await eventually(`${executor.name} is started again`, () => executor.pid !== null && executor.pid !== pid);
}
