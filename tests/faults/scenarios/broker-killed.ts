import { pause } from '../clock.ts';
import type { Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';
import { streamProblems } from './stream-problems.ts';

export const brokerKilled: Scenario = {
  name: 'broker-killed',
  title: 'kill -9 and restart of the broker',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 3_000, 6_000).map((atMs) => ({
      atMs,
      fault: 'kill-broker',
      forMs: 200 + random.below(2_500),
    })),
  async perform({ fault, forMs }, run) {
    const { process } = run.world.broker;
    run.hit(fault);
    await process.kill('SIGKILL');
    await pause(forMs!);
    await process.restart();
  },
  verify: streamProblems,
};
