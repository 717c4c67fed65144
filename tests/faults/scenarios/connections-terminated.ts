import { eventuallyDone, terminateConnections } from '../holds.ts';
import type { Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';

const ENDED = 'connections terminated';

export const connectionsTerminated: Scenario = {
  name: 'connections-terminated',
  title: 'pg_terminate_backend on every connection',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 500, 2_000).map((atMs) => ({ atMs, fault: 'terminate-connections' })),
  async perform({ fault }, run) {
    run.hit(fault);
    run.note(
      ENDED,
      await eventuallyDone('every connection is terminated', () => terminateConnections(run.world.db.sql)),
    );
  },
  verify: ({ notes }) => (notes.get(ENDED) ? [] : ['there was no connection to terminate']),
};
