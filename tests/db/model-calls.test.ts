import { beforeEach, describe, expect, test } from 'bun:test';
import {
  cancel,
  claim,
  endModelCall,
  isDatabaseUnavailable,
  release,
  renew,
  startModelCall,
  submitAll,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { closeAll, createTestDatabase, openPools } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { newTask } from './new-task.ts';
import { taskActions } from './task-actions.ts';
import { fill, mostReadBy } from './tuples-read.ts';

const POOLS = 4;

const database = shared(() => createTestDatabase(10));
/** As if several executors. */
const pools = shared(() => openPools(database.url, POOLS, 3), closeAll);
const { running } = taskActions(database);
beforeEach(async () => {
  await database.db.sql`truncate tasks, model_calls cascade`;
});

interface Limits {
  concurrency?: number | null;
  requests_per_minute?: number | null;
  model?: string;
}
/** The id of the call, or null if there was no place for it. */
async function start(
  task_id: string,
  { concurrency = null, requests_per_minute = null, model = 'gpt' }: Limits,
  db = database.db,
): Promise<string | null> {
  const id = crypto.randomUUID();
  const call = { id, task_id, attempt: 1, model, concurrency, requests_per_minute };
  return (await startModelCall(db, call)) ? id : null;
}
/** Requests of twenty executors at once, each for its own task, through several pools. */
async function crowd(limits: Limits): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: 20 }, () => running()));
  const calls = await Promise.all(ids.map((id, index) => start(id, limits, pools[index % POOLS])));
  return calls.filter((call) => call !== null);
}
/** Has the effect of waiting. */
function secondsPass(seconds: number) {
  return database.db.sql`
    update model_calls set started_at = started_at - make_interval(secs => ${seconds}),
      ended_at = ended_at - make_interval(secs => ${seconds})`;
}

test.each([1, 3, 19])(
  'of twenty at once, %d get a place if that is the concurrency limit',
  async (concurrency) => {
    expect(await crowd({ concurrency })).toHaveLength(concurrency);
  },
);

test.each([1, 7])('of twenty at once, %d get a place if that is the limit per minute', async (rpm) => {
  expect(await crowd({ requests_per_minute: rpm })).toHaveLength(rpm);
});

test('the tighter of two limits applies, and each model has its own', async () => {
  expect(await crowd({ concurrency: 2, requests_per_minute: 5 })).toHaveLength(2);
  expect(await crowd({ concurrency: 5, requests_per_minute: 3, model: 'other' })).toHaveLength(3);
  expect(await crowd({ model: 'free' })).toHaveLength(20);
});

test('calls come and go: never more at once than allowed, and each gets its turn', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => running()));
  const full = Promise.withResolvers<void>();
  let now = 0;
  let most = 0;
  await Promise.all(
    ids.map(async (id, index) => {
      const pool = pools[index % POOLS]!;
      let call: string | null = null;
      while (!call) call = await start(id, { concurrency: 3 }, pool);
      most = Math.max(most, ++now);
      if (now === 3) full.resolve();
      await within('three calls at once', 10_000, full.promise);
      now--;
      await endModelCall(pool, call);
    }),
  );
  expect(most).toBe(3);
});

describe('a place is freed', () => {
  const one = { concurrency: 1 };

  test('when its call has ended, once even if it is ended twice', async () => {
    const call = await start(await running(), one);
    const next = await running();
    expect(await start(next, one)).toBeNull();
    await endModelCall(database.db, call!);
    await endModelCall(database.db, call!);
    expect(await start(next, one)).not.toBeNull();
    expect(await start(await running(), one)).toBeNull();
  });

  test('when its attempt is over or has lost its lease', async () => {
    const { db } = database;
    const ends: Record<string, (id: string) => Promise<unknown>> = {
      'the lease ended': (id) => db.sql`update tasks set due_at = now() - interval '1 s' where id = ${id}`,
      cancelled: (id) => cancel(db, UNRESTRICTED, id),
      released: (id) => release(db, { task_id: id, attempt: 1 }),
      'another attempt runs': async (id) => {
        await release(db, { task_id: id, attempt: 1 });
        await claim(db, { task_id: id, executor: 'b', lease_ms: 60_000 });
      },
      deleted: (id) => db.sql`delete from tasks where id = ${id}`,
    };
    for (const [how, end] of Object.entries(ends)) {
      await db.sql`truncate model_calls`;
      const id = await running();
      await start(id, one);
      expect(await start(await running(), one)).toBeNull();
      await end(id);
      expect({ how, call: await start(await running(), one) }).toEqual({ how, call: expect.any(String) });
    }
  });

  test('not by time, as long as the lease is renewed', async () => {
    const id = await running();
    await start(id, one);
    await secondsPass(3600);
    await renew(database.db, { attempts: [{ task_id: id, attempt: 1 }], lease_ms: 60_000 });
    expect(await start(await running(), one)).toBeNull();
  });
});

describe('requests per minute', () => {
  const two = { requests_per_minute: 2 };

  test('count from their start, ended or not, over any minute', async () => {
    const id = await running();
    await endModelCall(database.db, (await start(id, two))!);
    await secondsPass(40);
    await endModelCall(database.db, (await start(id, two))!);
    expect(await start(id, two)).toBeNull();
    await secondsPass(19);
    expect(await start(id, two)).toBeNull();
    // The first began a minute ago, the second did not.
    await secondsPass(2);
    expect(await start(id, two)).not.toBeNull();
    expect(await start(id, two)).toBeNull();
  });

  test('count even if their attempts are gone: the provider has counted them', async () => {
    const id = await running();
    await start(id, two);
    await start(id, two);
    await cancel(database.db, UNRESTRICTED, id);
    expect(await start(await running(), two)).toBeNull();
  });
});

test('calls that no limit needs any more are deleted', async () => {
  const [ended, lost, held] = [await running(), await running(), await running()];
  await endModelCall(database.db, (await start(ended!, {}))!);
  await start(lost!, {});
  const kept = await start(held!, {});
  await cancel(database.db, UNRESTRICTED, lost!);
  await secondsPass(61);
  const last = await start(held!, {});
  const rows = await database.db.sql<{ id: string }[]>`select id from model_calls`;
  expect(rows.map(({ id }) => id).sort()).toEqual([kept!, last!].sort());
});

test('an executor that freezes while taking a place blocks the others for seconds only', async () => {
  const task = await running();
  const thawed = Promise.withResolvers<void>();
  const frozen = pools[1]!.sql.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('model_calls/gpt', 0))`;
    await thawed.promise;
    await sql`select 1`;
  });
  frozen.catch(() => undefined);
  const locked = async () => {
    const [row] = await database.db
      .sql`select count(*)::int as n from pg_locks where locktype = 'advisory' and granted`;
    return row!.n > 0;
  };
  await eventually('the lock is held', locked);
  expect(await within('a place is taken', 10_000, start(task, { concurrency: 1 }))).not.toBeNull();
  thawed.resolve();
  const late = await frozen.catch((error: unknown) => error);
  expect(late).toSatisfy(isDatabaseUnavailable);
}, 15_000);

test("a model call reads its model's calls, whatever waits", async () => {
  await using database = await createTestDatabase(1);
  const { db } = database;
  // The planner then expects no task to be running.
  await fill(db, 3_000);
  await db.sql`vacuum analyze tasks`;
  const tasks = Array.from({ length: 1_000 }, () => newTask());
  await submitAll(db, UNRESTRICTED, tasks);
  const limits = { model: 'gpt', concurrency: 100, requests_per_minute: 1_000 };
  const calling = tasks.slice(0, 20).values();
  const call = async () => {
    const { id: task_id } = calling.next().value!;
    await claim(db, { task_id, executor: 'a', lease_ms: 60_000 });
    const started = await startModelCall(db, { ...limits, id: Bun.randomUUIDv7(), task_id, attempt: 1 });
    expect(started).toBe(true);
  };
  for (let calls = 0; calls < 18; calls++) await call();
  expect(await mostReadBy(db, call, 'millrace_executor')).toBeLessThan(200);
});
