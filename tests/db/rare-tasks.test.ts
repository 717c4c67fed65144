import { beforeAll, describe, expect, test } from 'bun:test';
import { claim, findTaskIds, listTasks, replay, submit, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';
import { fill, mostReadBy } from './tuples-read.ts';

const LEASE = { executor: 'a', lease_ms: 60_000 };

describe('a list of few tasks among many', () => {
  const database = shared(() => createTestDatabase(1));
  const pending = newTask({ model: 'rare' });
  beforeAll(async () => {
    await fill(database.db, 1, 'rare');
    await submit(database.db, pending);
    await database.db.sql`update tasks set id = uuidv7(interval '-1 day') where status = 'PENDING'`;
    await fill(database.db, 30_000);
  }, 30_000);

  test('continues where it stopped searching, and finds all of them', async () => {
    let cursor: string | null | undefined;
    const found: number[] = [];
    let pages = 0;
    do {
      const list = () => listTasks(database.db, UNRESTRICTED, { model: 'rare', ...(cursor && { cursor }) });
      const tuples = await mostReadBy(database.db, list);
      const page = await list();
      found.push(page.tasks.length);
      cursor = page.next_cursor;
      expect(tuples).toBeLessThan(45_000);
      pages++;
    } while (cursor);
    expect(pages).toBe(2);
    expect(found).toEqual([1, 1]);
  });

  test('has pending and running tasks on its first page', async () => {
    const page = await listTasks(database.db, UNRESTRICTED, { status: 'PENDING' });
    expect(page.tasks.map(({ model }) => model)).toEqual(['rare']);
    await claim(database.db, { task_id: page.tasks[0]!.id, ...LEASE });
    const running = await mostReadBy(database.db, async () => {
      expect((await listTasks(database.db, UNRESTRICTED, { status: 'RUNNING' })).tasks).toHaveLength(1);
    });
    expect(running).toBeLessThan(50);
  });

  test('of ids with a prefix is found by the status', async () => {
    const [{ id }] = await database.db.sql<[{ id: string }]>`
      update tasks set status = 'FAILED', error = '{}', owner = 'ada'
      where id = (select id from tasks where status = 'COMPLETED' order by id limit 1) returning id`;
    for (const caller of [UNRESTRICTED, { ...UNRESTRICTED, sees: 'ada' }]) {
      for (const prefix of ['', id.slice(0, 6)]) {
        const query = { prefix, status: 'FAILED', limit: 100 } as const;
        const tuples = await mostReadBy(database.db, async () => {
          expect(await findTaskIds(database.db, caller, query)).toEqual([id]);
        });
        expect(tuples).toBeLessThan(50);
      }
    }
  });

  test('to be replayed is found by the status', async () => {
    const tuples = await mostReadBy(database.db, async () => {
      expect(await replay(database.db, UNRESTRICTED, { status: 'FAILED', error_code: 'none' }, 100)).toEqual(
        [],
      );
    });
    expect(tuples).toBeLessThan(50);
  });

  test('by creation time ends where the time range does', async () => {
    const tuples = await mostReadBy(database.db, async () => {
      const created_after = new Date(Date.now() - 1_000_000).toISOString();
      const page = await listTasks(database.db, UNRESTRICTED, { created_after, model: 'none' });
      expect(page).toEqual({ tasks: [], next_cursor: null });
    });
    // One task was created per second.
    expect(tuples).toBeLessThan(4_000);
  });
});

describe('among three owners, one of whom has few tasks', () => {
  const COUNT = 30_000;
  const FEW = { ...UNRESTRICTED, sees: 'few' };
  const MANY = { ...UNRESTRICTED, sees: 'many' };
  const database = shared(() => createTestDatabase(1));
  beforeAll(async () => {
    const { db } = database;
    await fill(db, COUNT);
    await db.sql`
      with numbered as (select id, row_number() over (order by id) as n from tasks)
      update tasks set owner = case when n % 1000 = 0 then 'few' when n % 2 = 0 then 'other' else 'many' end,
        status = case when n % 10 = 9 then 'FAILED' else 'COMPLETED' end::task_status
      from numbered where numbered.id = tasks.id`;
    // With the statistics, the planner expects a third of the table of any owner.
    await db.sql`vacuum analyze tasks`;
  }, 60_000);

  test('a list of an owner reads no tasks of others', async () => {
    for (const [caller, owner] of [
      [FEW, {}],
      [UNRESTRICTED, { owner: 'few' }],
    ] as const) {
      for (const filter of [
        {},
        { model: 'none' },
        { priority: 5 },
        { text: 'none' },
        { status: 'FAILED' },
      ] as const) {
        const tuples = await mostReadBy(database.db, () =>
          listTasks(database.db, caller, { ...owner, ...filter }),
        );
        expect([filter, tuples > 500]).toEqual([filter, false]);
      }
    }
    const ids = await mostReadBy(database.db, () => findTaskIds(database.db, FEW, { prefix: '', limit: 50 }));
    expect(ids).toBeLessThan(500);
    const none = await listTasks(database.db, FEW, { owner: 'many' });
    expect(none).toEqual({ tasks: [], next_cursor: null });
  });

  test('lists and replays of failed tasks read no others', async () => {
    const { db } = database;
    const filter = { status: 'FAILED', error_code: 'none' } as const;
    for (const act of [
      () => listTasks(db, UNRESTRICTED, { status: 'FAILED', model: 'none' }),
      () => replay(db, UNRESTRICTED, filter, 100),
      () => replay(db, FEW, filter, 100),
    ]) {
      // Each by its index entry and its row.
      expect(await mostReadBy(db, act)).toBeLessThan((2 * COUNT) / 10 + 500);
    }
  });

  test('pages of an owner are complete, and a deep one reads no more than the first', async () => {
    for (const status of ['FAILED', 'COMPLETED'] as const) {
      const ids: string[] = [];
      let cursor: string | null | undefined;
      let most = 0;
      do {
        const list = () => listTasks(database.db, MANY, { status, limit: 500, ...(cursor && { cursor }) });
        most = Math.max(most, await mostReadBy(database.db, list));
        const page = await list();
        ids.push(...page.tasks.map(({ id }) => id));
        cursor = page.next_cursor;
      } while (cursor);
      const all = await database.db.sql`
        select id from tasks where owner = 'many' and status = ${status} order by id desc`;
      expect(ids).toEqual(all.map(({ id }) => id));
      expect(most).toBeLessThan(3_000);
    }
  });
});

describe('before there are statistics', () => {
  const ALL_OF_ONE = { ...UNRESTRICTED, sees: 'ada' };
  const database = shared(() => createTestDatabase(1));
  beforeAll(async () => {
    await fill(database.db, 3_000);
    await database.db.sql`update tasks set owner = 'ada'`;
    await database.db.sql`
      update tasks set status = 'FAILED' where id in (select id from tasks order by id limit 1000)`;
  }, 30_000);

  test("a list of an owner's failed tasks ends with its page", async () => {
    for (const status of ['FAILED', 'CANCELLED'] as const) {
      const tuples = await mostReadBy(database.db, () => listTasks(database.db, ALL_OF_ONE, { status }));
      expect([status, tuples > 200]).toEqual([status, false]);
    }
  });
});
