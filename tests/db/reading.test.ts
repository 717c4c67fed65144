import { beforeAll, expect, test } from 'bun:test';
import type { TaskListQuery, TaskPage } from '@millrace/contracts';
import {
  cancel,
  claim,
  complete,
  getStats,
  getTask,
  listTasks,
  peekTasks,
  replay,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const ids: string[] = [];

const database = shared(createTestDatabase);
beforeAll(async () => {
  for (let i = 0; i < 25; i++) {
    const prompt = i === 7 ? '100% of_it \\ Done' : `calculate ${i}+1`;
    const model = i % 2 ? 'builtin' : 'simulated';
    ids.push((await submit(database.db, newTask({ prompt, model, priority: i % 10 }))).id);
  }
  for (const task_id of ids.slice(0, 3)) {
    await claim(database.db, { task_id, executor: 'a', lease_ms: 60_000 });
  }
  const done = { task_id: ids[0]!, attempt: 1, result: { output: '1', steps: [] }, usage: null };
  await complete(database.db, done);
}, 60_000);

test('pages through everything, newest first, without gaps or repeats', async () => {
  const seen: string[] = [];
  let cursor: string | null | undefined;
  let pages = 0;
  do {
    const page = await listTasks(database.db, UNRESTRICTED, { limit: 10, ...(cursor ? { cursor } : {}) });
    seen.push(...page.tasks.map(({ id }) => id));
    cursor = page.next_cursor;
    pages++;
  } while (cursor);
  expect(seen).toEqual(ids.toReversed());
  expect(pages).toBe(3);
});

test('an exactly full page is the last', async () => {
  const page = await listTasks(database.db, UNRESTRICTED, { limit: 25 });
  expect(page.tasks).toHaveLength(25);
  expect(page.next_cursor).toBeNull();
});

test('a page has 20 tasks by default', async () => {
  expect((await listTasks(database.db, UNRESTRICTED, {})).tasks).toHaveLength(20);
});

test('a page ends early once its tasks are large, and the next one continues', async () => {
  await using large = await createTestDatabase(1);
  const prompts = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? '计'.repeat(100_000) : `small ${i}`));
  const expected: string[] = [];
  for (const prompt of prompts) expected.unshift((await submit(large.db, newTask({ prompt }))).id);
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const query: TaskListQuery = { limit: 25, text: '计', ...(cursor ? { cursor } : {}) };
    const page: TaskPage = await listTasks(large.db, UNRESTRICTED, query);
    pages.push(page.tasks.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor);
  expect(pages.map(({ length }) => length)).toEqual([4, 4, 2]);
  expect(pages.flat()).toEqual(expected.filter((_, i) => i % 3 === 2));

  const result = JSON.stringify({ output: 'x'.repeat(2_000_000), steps: [] });
  await large.db.sql`update tasks set result = ${result}::text::json where id = ${expected[0]!}`;
  expect((await listTasks(large.db, UNRESTRICTED, {})).tasks.map(({ id }) => id)).toEqual([expected[0]!]);
  const all = await peekTasks(large.db, UNRESTRICTED, { limit: 30 });
  expect([all.tasks.length, all.next_cursor]).toEqual([30, null]);
});

test('of tasks read together, each caller gets what it may see', async () => {
  const { db } = database;
  const owner = (name: string) => ({ ...UNRESTRICTED, sees: name, owner: name });
  const hers = await submit(db, newTask({ owner: 'ada', prompt: 'hers' }));
  const sizes: number[] = [];
  const observed = { ...db, observer: { onBatch: (_verb: string, size: number) => sizes.push(size) } };
  try {
    const read = [
      getTask(observed, owner('ada'), hers.id),
      getTask(observed, owner('bob'), hers.id),
      getTask(observed, UNRESTRICTED, hers.id.toUpperCase()),
      getTask(observed, owner('ada'), ids[0]!),
      getTask(observed, UNRESTRICTED, Bun.randomUUIDv7()),
    ];
    expect(await Promise.all(read)).toEqual([hers, null, hers, null, null]);
    expect(sizes).toEqual([5]);
  } finally {
    await db.sql`delete from tasks where id = ${hers.id}`;
  }
});

test('filters by status, model, priority, time and text', async () => {
  const list = async (query: Parameters<typeof listTasks>[2]) =>
    (await listTasks(database.db, UNRESTRICTED, { limit: 100, ...query })).tasks
      .map(({ id }) => ids.indexOf(id))
      .sort((a, b) => a - b);
  expect(await list({ status: 'RUNNING' })).toEqual([1, 2]);
  expect(await list({ status: 'COMPLETED' })).toEqual([0]);
  expect(await list({ status: 'FAILED' })).toEqual([]);
  expect(await list({ model: 'simulated', priority: 4 })).toEqual([4, 14, 24]);
  expect(await list({ text: '% OF_it \\' })).toEqual([7]);
  expect(await list({ text: '%' })).toEqual([7]);
  const middle = (await getTask(database.db, UNRESTRICTED, ids[10]!))!;
  const before = await list({ created_before: middle.created_at });
  expect(before).toEqual(Array.from({ length: before.length }, (_, i) => i));
  expect(await list({ created_after: '2999-01-01T00:00:00Z' })).toEqual([]);
});

test('by creation time, finds what a service made whose clock is minutes off', async () => {
  const { db } = database;
  const now = Date.now();
  for (const off of [-290_000, 290_000]) {
    const { id, created_at } = await submit(
      db,
      newTask({ id: Bun.randomUUIDv7('hex', now + off), model: 'off' }),
    );
    const between = { created_after: iso(created_at, -1), created_before: iso(created_at, 1), model: 'off' };
    const page = await listTasks(db, UNRESTRICTED, between);
    await db.sql`delete from tasks where id = ${id}`;
    expect(page.tasks.map((task) => task.id)).toEqual([id]);
  }
});
const iso = (time: string, laterMs: number) => new Date(Date.parse(time) + laterMs).toISOString();

test('stats count by status and measure what finished', async () => {
  const stats = await getStats(database.db, UNRESTRICTED);
  expect(stats.counts).toEqual({ PENDING: 22, RUNNING: 2, COMPLETED: 1, FAILED: 0, CANCELLED: 0 });
  expect(stats.oldest_pending_age_ms).toBeGreaterThan(0);
  expect(stats.last_minute.finished).toBe(1);
  expect(stats.last_minute.latency_ms.p50).toBeGreaterThan(0);
});

test('stats have the rate of the last minute, and percentiles of how long its tasks took', async () => {
  await using own = await createTestDatabase();
  await own.db.sql`
    insert into tasks (id, prompt, model, priority, status, max_attempts, timeout_ms, run_at, metadata, created_at, finished_at)
    select uuidv7(), 'x', 'builtin', 5, 'COMPLETED', 3, 1000, now(), '{}', now() - make_interval(secs => n), now()
    from generate_series(0, 100) as n`;
  expect((await getStats(own.db, UNRESTRICTED)).last_minute).toEqual({
    finished: 101,
    per_second: 1.68,
    latency_ms: { p50: 50_000, p95: 95_000, p99: 99_000 },
  });
});

test('stats of an empty table have no ages', async () => {
  await using empty = await createTestDatabase();
  expect(await getStats(empty.db, UNRESTRICTED)).toEqual({
    counts: { PENDING: 0, RUNNING: 0, COMPLETED: 0, FAILED: 0, CANCELLED: 0 },
    oldest_pending_age_ms: null,
    last_minute: { finished: 0, per_second: 0, latency_ms: { p50: null, p95: null, p99: null } },
  });
});

test.each([
  ['anybody', UNRESTRICTED],
  ['an owner', { sees: 'a', owner: 'a', max_open_tasks: null }],
])('stats of %s separate a delay or a replay from waiting and from running long', async (_, caller) => {
  await using own = await createTestDatabase();
  const { db } = own;
  const made = { ...(caller.owner !== null && { owner: caller.owner }) };
  const { id } = await submit(db, newTask({ ...made, delay_ms: 3_600_000 }));
  expect((await getStats(db, caller)).oldest_pending_age_ms).toBeNull();
  const age = (interval: string) =>
    db.sql`update tasks set created_at = created_at - ${interval}::interval where id = ${id}`;
  await age('1 hour');
  await db.sql`update tasks set run_at = now(), due_at = now() where id = ${id}`;
  expect((await getStats(db, caller)).oldest_pending_age_ms).toBeWithin(0, 60_000);
  const end = async (attempt: number) => {
    await claim(db, { task_id: id, executor: 'a', lease_ms: 60_000 });
    await complete(db, { task_id: id, attempt, result: { output: '2', steps: [] }, usage: null });
  };
  await end(1);
  expect((await getStats(db, caller)).last_minute.latency_ms.p50).toBeWithin(3_600_000, 3_700_000);
  await age('20 days');
  await replay(db, UNRESTRICTED, { ids: [id] }, 1);
  expect((await getStats(db, caller)).oldest_pending_age_ms).toBeWithin(0, 60_000);
  await end(2);
  expect((await getStats(db, caller)).last_minute).toMatchObject({
    finished: 1,
    latency_ms: { p50: null, p95: null, p99: null },
  });
  await db.sql`update tasks set finished_at = finished_at - interval '1 minute' where id = ${id}`;
  expect((await getStats(db, caller)).last_minute.finished).toBe(0);
  await cancel(db, caller, (await submit(db, newTask(made))).id);
  expect((await getStats(db, caller)).counts).toMatchObject({ PENDING: 0, COMPLETED: 1, CANCELLED: 1 });
});

test('an unknown id is null', async () => {
  expect(await getTask(database.db, UNRESTRICTED, Bun.randomUUIDv7())).toBeNull();
});

test('counts follow tasks deleted by hand, one by one or all at once', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const ids = await Promise.all([1, 2, 3].map(async () => (await submit(db, newTask())).id));
  for (const task_id of ids.slice(0, 2)) {
    await claim(db, { task_id, executor: 'a', lease_ms: 60_000 });
    await complete(db, { task_id, attempt: 1, result: { output: '2', steps: [] }, usage: null });
  }
  await db.sql`delete from tasks where id = ${ids[0]!}`;
  expect((await getStats(db, UNRESTRICTED)).counts).toMatchObject({ PENDING: 1, COMPLETED: 1 });
  await db.sql`truncate tasks cascade`;
  expect((await getStats(db, UNRESTRICTED)).counts).toMatchObject({ PENDING: 0, COMPLETED: 0 });
});
