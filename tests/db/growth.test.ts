import { beforeAll, describe, expect, test } from 'bun:test';
import {
  cancel,
  claim,
  claimDue,
  complete,
  DueHorizon,
  deleteFinished,
  fail,
  findMissing,
  getTask,
  listTasks,
  peekTasks,
  renew,
  replay,
  submit,
  submitAll,
  UNRESTRICTED,
} from '@millrace/db';
import { openTransaction } from '../open-transaction.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';
import { fill, mostReadBy, readBy } from './tuples-read.ts';

const LEASE = { executor: 'a', lease_ms: 60_000 };
const LANES = ['high', 'normal', 'low'] as const;
const DONE = { result: { output: '2', steps: [] }, usage: null };

describe('on a database that was never analyzed', () => {
  const BATCH = 50;
  const ROUNDS = 60;
  const database = shared(() => createTestDatabase(1));
  beforeAll(async () => {
    await database.db.sql`alter table tasks set (autovacuum_enabled = off)`;
  });

  test('no verb reads more per task as the table grows', async () => {
    const { db } = database;
    const reads = new Map<string, number>();
    const horizon = new DueHorizon();
    // Statements are prepared on the empty table, and get a generic plan after a few uses.
    for (let round = 1; round <= ROUNDS; round++) {
      const measure = async (name: string, act: () => Promise<unknown>) => {
        if (round < ROUNDS) await act();
        else reads.set(name, (await readBy(db, act)) / BATCH);
      };
      const tasks = Array.from({ length: BATCH }, () => newTask());
      const ids = tasks.map(({ id }) => id);
      const each = (act: (id: string) => Promise<unknown>) => () => Promise.all(ids.map(act));
      await measure('submit', () => Promise.all(tasks.map((task) => submit(db, task))));
      await measure(
        'claim',
        each((task_id) => claim(db, { task_id, ...LEASE })),
      );
      const attempts = ids.map((task_id) => ({ task_id, attempt: 1 }));
      await measure('renew', () => renew(db, { attempts, lease_ms: 60_000 }));
      const error = { code: 'busy', message: 'busy', retryable: true };
      await measure(
        'fail',
        each((task_id) => fail(db, { task_id, attempt: 1, error })),
      );
      await db.sql`update tasks set due_at = now() where due_at is not null`;
      await measure('claimDue', () => claimDue(db, { ...LEASE, limit: BATCH, lanes: LANES, horizon }));
      await measure(
        'complete',
        each((task_id) => complete(db, { task_id, attempt: 2, ...DONE })),
      );
      await measure(
        'get',
        each((id) => getTask(db, UNRESTRICTED, id)),
      );
      // Only one: the lists below look for COMPLETED tasks.
      await measure('replay', () => replay(db, UNRESTRICTED, { ids: [ids[0]!] }, 1));
      await measure('cancel', () => cancel(db, UNRESTRICTED, ids[0]!));
      for (let page = 0; page < 3; page++) {
        await measure('list', () => listTasks(db, UNRESTRICTED, { limit: BATCH }));
        await measure('peek', () => peekTasks(db, UNRESTRICTED, { limit: BATCH, status: 'COMPLETED' }));
        await measure('look', () => claimDue(db, { ...LEASE, limit: BATCH, lanes: LANES, horizon }));
      }
    }
    const [row] = await db.sql<{ count: number }[]>`select count(*)::integer as count from tasks`;
    expect(row?.count).toBe(ROUNDS * BATCH);
    const tooMany = [...reads].filter(([, perTask]) => perTask > 20);
    expect(tooMany).toEqual([]);
  }, 60_000);
});

describe('polls', () => {
  test('do not read more when an old transaction keeps claimed tasks in the index', async () => {
    await using database = await createTestDatabase(2);
    const { db } = database;
    const horizon = new DueHorizon();
    const look = () => claimDue(db, { ...LEASE, limit: 100, lanes: LANES, horizon });
    await using _backup = await openTransaction(db, async (sql) => {
      await sql`set transaction isolation level repeatable read`;
      await sql`select from tasks limit 1`;
    });
    let last = 0;
    for (let round = 0; round < 20; round++) {
      await db.sql`
        insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, run_at, due_at, metadata)
        select uuidv7(), 'x', 'm', 5, 3, 1000, now(), now() - interval '1 hour' + make_interval(secs => ${round}), '{}'
        from generate_series(1, 100)`;
      // These were made due in the past by hand: a poll without a horizon finds them.
      const { claimed } = await claimDue(db, { ...LEASE, limit: 100, lanes: LANES });
      expect(claimed).toHaveLength(100);
      await Promise.all(claimed.map(({ id }) => complete(db, { task_id: id, attempt: 1, ...DONE })));
      last = await readBy(db, look);
    }
    expect(last).toBeLessThan(100);
  }, 30_000);

  test('read what they take, not what waits, as a service too', async () => {
    await using database = await createTestDatabase(1);
    const { db } = database;
    const waiting = Array.from({ length: 1_000 }, () => newTask());
    await submitAll(db, UNRESTRICTED, waiting);
    await db.sql`update tasks set due_at = now()`;
    await db.sql`vacuum tasks`;
    const look = async () => {
      const { claimed } = await claimDue(db, { ...LEASE, limit: 10, lanes: LANES });
      expect(claimed).toHaveLength(10);
    };
    expect(await mostReadBy(db, look, 'millrace_executor')).toBeLessThan(100);
  });

  test('find a task due before one already found, but committed later', async () => {
    await using database = await createTestDatabase();
    const { db } = database;
    const horizon = new DueHorizon();
    const look = async () => {
      const { claimed } = await claimDue(db, { ...LEASE, limit: 10, lanes: LANES, horizon });
      return claimed.map(({ id }) => id);
    };
    // The first poll sweeps, and no other does within ten seconds.
    expect(await look()).toEqual([]);
    const [late, early] = [newTask(), newTask()];
    await submit(db, late);
    await using open = await openTransaction(
      db,
      (sql) => sql`update tasks set due_at = now() where id = ${late.id}`,
    );
    await submit(db, early);
    await db.sql`update tasks set due_at = now() where id = ${early.id}`;
    expect(await look()).toEqual([early.id]);
    expect(await look()).toEqual([]);
    await open[Symbol.asyncDispose]();
    expect(await look()).toEqual([late.id]);
  });

  test('find what becomes due or is lost after they found nothing', async () => {
    await using database = await createTestDatabase();
    const { db } = database;
    let horizon = new DueHorizon();
    const look = async (skip_models: string[] = []) => {
      const { claimed } = await claimDue(db, { ...LEASE, limit: 10, lanes: LANES, horizon, skip_models });
      return claimed.map(({ id }) => id);
    };
    expect(await look()).toEqual([]);
    const { id } = await submit(db, newTask({ model: 'crowded' }));
    await db.sql`update tasks set due_at = now()`;
    expect(await look(['crowded'])).toEqual([]);
    expect(await look(['crowded'])).toEqual([]);
    expect(await look()).toEqual([id]);
    await db.sql`update tasks set due_at = now()`;
    expect(await look()).toEqual([id]);
    expect(horizon.lastChanceIsDue).toBe(false);
    await db.sql`update tasks set due_at = now() - interval '10 seconds'`;
    // Longer ago than what earlier looks leave out.
    horizon = new DueHorizon();
    for (let looks = 0; looks < 3; looks++) {
      expect(await look()).toEqual([]);
      expect(horizon.lastChanceIsDue).toBe(true);
    }
  });
});

test('retention deletes old tasks in parts, past unfinished ones, and no further', async () => {
  await using database = await createTestDatabase(1);
  const { db } = database;
  await fill(db, 30_000);
  await db.sql`update tasks set created_at = created_at - interval '9 days', finished_at = finished_at - interval '9 days'
    where id in (select id from tasks order by id limit 12000)`;
  await db.sql`update tasks set status = 'PENDING', finished_at = null, due_at = now()
    where id in (select id from tasks order by id limit 5500)`;
  let after: string | undefined;
  let deleted = 0;
  let batches = 0;
  do {
    const batch = await deleteFinished(db, { older_than_days: 7, limit: 2_000, ...(after && { after }) });
    deleted += batch.deleted;
    after = batch.next ?? undefined;
    batches++;
  } while (after && batches < 10);
  expect(deleted).toBe(6_500);
  expect(batches).toBeLessThanOrEqual(6);
  await db.sql`vacuum tasks`;
  expect(await readBy(db, () => deleteFinished(db, { older_than_days: 7, limit: 2_000 }))).toBeLessThan(
    15_000,
  );
});

test('unknown ids are found by looking up only these; on an empty table, none is reported missing', async () => {
  await using database = await createTestDatabase(1);
  const { db } = database;
  const missing = Array.from({ length: 200 }, () => Bun.randomUUIDv7());
  expect(await findMissing(db, missing)).toEqual([]);
  await fill(db, 30_000);
  const there = (await db.sql`select id::text from tasks order by random() limit 200`).map(({ id }) => id);
  for (const analysed of [false, true]) {
    if (analysed) await db.sql`vacuum analyze tasks`;
    const asked = [...there, ...missing];
    let answer: string[] = [];
    const tuples = await readBy(db, async () => {
      answer = await findMissing(db, asked);
    });
    expect([analysed, answer.sort()]).toEqual([analysed, missing]);
    expect(tuples).toBeLessThan(1_000);
  }
  expect(await findMissing(db, [])).toEqual([]);
});

test('a search compares times of creation only if it is limited to some', async () => {
  await using database = await createTestDatabase(1);
  const { db } = database;
  const comparing = async () => {
    const [row] = await db.sql<[{ count: number }]>`
      select count(*)::integer as count from pg_prepared_statements
      where statement like ${'%tasks.model = coalesce%'} and statement like ${'%tasks.created_at >=%'}
        and statement not like '%pg_prepared_statements%'`;
    return row.count;
  };
  await listTasks(db, UNRESTRICTED, { model: 'builtin' });
  expect(await comparing()).toBe(0);
  await listTasks(db, UNRESTRICTED, { model: 'builtin', created_after: '2026-01-01T00:00:00Z' });
  expect(await comparing()).toBe(1);
});
