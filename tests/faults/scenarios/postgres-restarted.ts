import type { Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';

/** The modes of `pg_ctl stop --mode`; the supervisor restarts it. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  'restart-postgres-fast': 'SIGINT',
  'restart-postgres-immediate': 'SIGQUIT',
};

export const postgresRestarted: Scenario = {
  name: 'postgres-restarted',
  title: 'Postgres restarted, fast and immediate, under load',
  schedule(random, durationMs) {
    const modes = Object.keys(SIGNALS);
    const first = random.below(2);
    // In turn, so that each mode occurs.
    return moments(random, durationMs, 1_200, 2_400).map((atMs, i) => ({
      atMs,
      fault: modes[(first + i) % 2]!,
    }));
  },
  async perform({ fault }, run) {
    const { postgres } = run.world.stack;
    run.hit(fault);
    postgres.kill(SIGNALS[fault]!);
    await postgres.ready();
  },
};
