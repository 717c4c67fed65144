import { beforeAll, test } from 'bun:test';
import { openDatabase } from '@millrace/db';
import fc from 'fast-check';
import { shared } from '../../shared.ts';
import { startTcpProxy, type TcpProxy } from '../../tcp-proxy.ts';
import { closeAll, createTestDatabase, openPools } from '../../test-database.ts';
import { POOLS, plan, planWithCuts } from './plan.ts';
import { playPlan } from './play-plan.ts';
import { isReplay, runParameters, testTimeoutMs } from './run-parameters.ts';
import { installVirtualClock, startAfresh } from './virtual-clock.ts';

/** A seed fixes the plan but not how Postgres interleaves it: a suspect plan is played this many times. */
const REPEATS_OF_SUSPECTS = 10;

const LOST_ANSWERS_MS = 20;
const CUT_POOL_NAME = 'millrace-cut-';

const database = shared(createTestDatabase);
beforeAll(() => installVirtualClock(database.url));
const pools = shared(() => openPools(database.url, POOLS, 4), closeAll);

test(
  'many executors at once: the answers match what is stored',
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

test(
  'connections are cut meanwhile: what was answered is stored, and the rest is consistent',
  async () => {
    await using proxies = new AsyncDisposableStack();
    const proxyOf: TcpProxy[] = [];
    for (let pool = 0; pool < POOLS; pool++) {
      proxyOf.push(proxies.use(await startTcpProxy(database.url)));
    }
    const observer = database.db;
    async function cut(pool: number): Promise<void> {
      proxyOf[pool]!.loseAnswers();
      // For this long statements are executed without an answer.
      await Bun.sleep(LOST_ANSWERS_MS);
      await observer.sql`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = current_database() and application_name = ${CUT_POOL_NAME + pool}`;
      // Some had not yet started a session.
      proxyOf[pool]!.cutUnanswered();
    }
    await fc.assert(
      fc.asyncProperty(planWithCuts, async (planned) => {
        await startAfresh(observer);
        // New connections: one that was cut may not know it yet when the next plan begins.
        const cutPools = proxyOf.map((proxy, pool) =>
          openDatabase({
            url: proxy.via(database.url),
            maxConnections: 4,
            applicationName: CUT_POOL_NAME + pool,
          }),
        );
        try {
          await playPlan(cutPools, planned, { cut, observer });
        } finally {
          await closeAll(cutPools);
        }
      }),
      runParameters(15),
    );
  },
  testTimeoutMs(60_000),
);
