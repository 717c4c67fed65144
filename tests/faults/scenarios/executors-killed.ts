import { takeoversOf } from '../recovery.ts';
import type { Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';
import { EXECUTORS } from '../world.ts';
import { killExecutor } from './kill-executor.ts';

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
