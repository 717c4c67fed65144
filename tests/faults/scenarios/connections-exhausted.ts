import { openDatabase } from '@millrace/db';
import { Clock, pause } from '../clock.ts';
import { holdTransaction, terminateConnections } from '../holds.ts';
import type { Run, Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';
import { CONNECTIONS_MAX } from '../world.ts';

const REFUSED = 'connections that Postgres refused because none was free';

export const connectionsExhausted: Scenario = {
  name: 'connections-exhausted',
  title: 'connections exhausted: all of a pool stuck, all of the server taken',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 1_500, 3_000).map((atMs, i) => ({
      atMs,
      fault: i % 2 === 0 ? 'take-every-connection' : 'block-every-statement',
      forMs: 300 + random.below(1_700),
    })),
  perform: ({ fault, forMs }, run) =>
    fault === 'take-every-connection'
      ? takeEveryConnection(fault, forMs!, run)
      : blockEveryStatement(fault, forMs!, run),
  verify: ({ notes }) => (notes.get(REFUSED) ? [] : ['Postgres never ran out of connections']),
};

/** Leaves the services without a connection and Postgres without a free one. */
async function takeEveryConnection(fault: string, forMs: number, run: Run): Promise<void> {
  const open = (maxConnections: number) =>
    openDatabase({
      url: run.world.stack.databaseUrl,
      maxConnections,
      applicationName: 'millrace-faults-hog',
    });
  // Connect while there is room.
  const own = open(1);
  await own.sql`select 1`;
  const hog = open(CONNECTIONS_MAX);
  const clock = new Clock();
  const occupy = async () => {
    while (clock.elapsedMs < forMs) {
      try {
        await hog.sql`select pg_sleep(${Math.max(0.1, (forMs - clock.elapsedMs) / 1000)})`;
      } catch {
        run.note(REFUSED);
        await pause(50);
      }
    }
  };
  run.hit(fault);
  const occupied = Array.from({ length: CONNECTIONS_MAX }, occupy);
  try {
    while (clock.elapsedMs < forMs) {
      await terminateConnections(own.sql);
      await pause(100);
    }
    await Promise.all(occupied);
  } finally {
    await Promise.all([own.close(), hog.close()]);
  }
}

/** Every statement of every pool waits for one lock, until no connection is left. */
async function blockEveryStatement(fault: string, forMs: number, run: Run): Promise<void> {
  const lock = await holdTransaction(
    run.world,
    (transaction) => transaction`lock table tasks in access exclusive mode`,
  );
  run.hit(fault);
  await pause(forMs);
  await lock.release();
}
