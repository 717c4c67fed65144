import { afterAll, beforeAll, test } from 'bun:test';
import { type Database, openDatabase } from '@millrace/db';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../test-database.ts';
import { POOLS, plan } from './plan.ts';
import { playPlan } from './play-plan.ts';
import { isReplay, runParameters, testTimeoutMs } from './run-parameters.ts';
import { installVirtualClock, startAfresh } from './virtual-clock.ts';

/** A seed fixes the plan and not how Postgres interleaves it: a plan under suspicion is played this often. */
const REPEATS_OF_SUSPECTS = 10;

let database: TestDatabase;
let pools: Database[];
beforeAll(async () => {
  database = await createTestDatabase();
  await installVirtualClock(database.url);
  pools = Array.from({ length: POOLS }, (_, index) =>
    openDatabase({ url: database.url, maxConnections: 4, applicationName: `millrace-test-${index}` }),
  );
}, 60_000);
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await database[Symbol.asyncDispose]();
});

test(
  'many executors at once: the answers and what is stored add up',
  async () => {
    let isSuspect = isReplay();
    await fc.assert(
      fc.asyncProperty(plan, async (planned) => {
        for (let round = 0; round < (isSuspect ? REPEATS_OF_SUSPECTS : 1); round++) {
          await startAfresh(database.db);
          try {
            await playPlan(pools, planned);
          } catch (error) {
            isSuspect = true;
            throw error;
          }
        }
      }),
      runParameters(80),
    );
  },
  testTimeoutMs(60_000),
);
