import type { Scenario } from '../scenario.ts';
import type { Step } from '../schedule.ts';
import { EXECUTORS } from '../world.ts';

const INTERVAL_MS = 2_000;

export const executorsComeAndGo: Scenario = {
  name: 'executors-come-and-go',
  title: 'executors joining and leaving every two seconds',
  schedule(random, durationMs) {
    const away = new Set<number>();
    const steps: Step[] = [];
    for (let atMs = INTERVAL_MS / 2; atMs < durationMs; atMs += INTERVAL_MS) {
      const executor = random.below(EXECUTORS);
      const joins = away.has(executor);
      // One always stays.
      if (!joins && away.size === EXECUTORS - 1) continue;
      if (joins) away.delete(executor);
      else away.add(executor);
      steps.push({ atMs, fault: joins ? 'executor-joins' : 'executor-leaves', executor });
    }
    return steps;
  },
  async perform(step, run) {
    const executor = run.executor(step);
    run.hit(step.fault);
    // Neither is awaited: the next one comes in two seconds, whatever this one is still doing.
    const change = step.fault === 'executor-joins' ? executor.start() : executor.stop();
    // A start cut short by the next departure rejects; that is expected here.
    const settled = change.catch(() => {});
    run.defer(() => settled);
  },
  verify: ({ faults }) => (faults.length > 0 ? [] : ['no executor came or went']),
};
