import { takeoversOf } from '../recovery.ts';
import type { Scenario } from '../scenario.ts';
import { EXECUTORS } from '../world.ts';
import { killExecutor } from './kill-executor.ts';

export const executorKilled: Scenario = {
  name: 'executor-killed',
  title: 'kill -9 of an executor mid-task, once',
  schedule: (random, durationMs) => [
    {
      atMs: Math.round(durationMs * (0.3 + random.below(30) / 100)),
      fault: 'kill-executor',
      executor: random.below(EXECUTORS),
    },
  ],
  perform: killExecutor,
  verify: ({ faults }, audit) =>
    takeoversOf(audit, faults).length > 0 ? [] : ['the killed executor left no task for others to take over'],
};
