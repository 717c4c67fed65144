import { beforeAll, test } from 'bun:test';
import { claim, submitAll, UNRESTRICTED } from '@millrace/db';
import fc from 'fast-check';
import { shared } from '../../shared.ts';
import { closeAll, createTestDatabase, openPools } from '../../test-database.ts';
import { newTask } from '../new-task.ts';
import { Ledger } from './ledger.ts';
import { LEASE_MS, POOLS, WRITE_VERBS } from './plan.ts';
import { Player } from './play-plan.ts';
import { record } from './record.ts';
import { runParameters, testTimeoutMs } from './run-parameters.ts';
import { readStoredTasks } from './stored-task.ts';
import { EPOCH_MS, installVirtualClock, startAfresh } from './virtual-clock.ts';

const TASKS = 30;

const database = shared(createTestDatabase);
beforeAll(() => installVirtualClock(database.url));
const pools = shared(() => openPools(database.url, POOLS, 4), closeAll);

const writer = record({
  pool: fc.nat({ max: POOLS - 1 }),
  verb: fc.constantFrom(...WRITE_VERBS),
  tasks: fc.shuffledSubarray(
    Array.from({ length: TASKS }, (_, index) => index),
    { minLength: 2 },
  ),
});

test(
  'large batches over the same rows, in any order: one write each, and no deadlock',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(writer, { minLength: 2, maxLength: 6, size: 'max' }), async (writers) => {
        await startAfresh(database.db);
        const ledger = new Ledger();
        const tasks = await submitAll(
          database.db,
          UNRESTRICTED,
          Array.from({ length: TASKS }, () => newTask()),
        );
        const ids = tasks!.map(({ id }) => id);
        await Promise.all(
          ids.map(async (task_id) => {
            ledger.open(task_id, EPOCH_MS);
            const claimed = await claim(database.db, { task_id, executor: 'owner', lease_ms: LEASE_MS });
            ledger.claimed(claimed!, 'owner');
          }),
        );
        await Promise.all(
          writers.map(({ pool, verb, tasks }) =>
            new Player(pools[pool]!, `executor-${pool}`, ids, ledger).play({ verb, tasks, behind: [0] }),
          ),
        );
        ledger.check(await readStoredTasks(database.db));
      }),
      runParameters(30),
    );
  },
  testTimeoutMs(60_000),
);
