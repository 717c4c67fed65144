import { beforeAll, expect, test } from 'bun:test';
import type { TaskListQuery } from '@millrace/contracts';
import { peekTasks, type TaskPeekPage, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';

const COUNT = 500;

/** Prompts of 100 kB: 50 MB to search, but compressed to very little. The oldest contains a needle. */
const database = shared(() => createTestDatabase(1));
beforeAll(async () => {
  await database.db.sql`
    insert into tasks (id, prompt, model, priority, status, max_attempts, timeout_ms, run_at, metadata, finished_at)
    select uuidv7(make_interval(secs => n - ${COUNT})), repeat('x', 100000) || case when n = 1 then ' needle' else '' end,
      'builtin', 5, 'COMPLETED', 3, 1000, now(), '{}', now()
    from generate_series(1, ${COUNT}::integer) as n`;
}, 60_000);

async function pagesOf(query: TaskListQuery): Promise<TaskPeekPage[]> {
  const pages: TaskPeekPage[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await peekTasks(database.db, UNRESTRICTED, {
      limit: 50,
      ...query,
      ...(cursor && { cursor }),
    });
    cursor = page.next_cursor;
    pages.push(page);
  } while (cursor);
  return pages;
}
const sizes = (pages: readonly TaskPeekPage[]) => pages.map(({ tasks }) => tasks.length);

test('a search ends a page once enough prompts have been read, and still finds all matches', async () => {
  // 336 prompts make up 32 MiB.
  expect(sizes(await pagesOf({ text: 'NEEDLE' }))).toEqual([0, 1]);
  const found = await pagesOf({ text: 'xxx', limit: 100 });
  expect(sizes(found)).toEqual(Array(COUNT / 100).fill(100));
  const ids = found.flatMap(({ tasks }) => tasks.map(({ id }) => id));
  expect(ids).toEqual([...new Set(ids)].sort().reverse());
}, 30_000);

test('prompts of tasks that other filters exclude are neither read nor counted', async () => {
  expect(sizes(await pagesOf({ text: 'needle', model: 'none' }))).toEqual([0]);
  expect(sizes(await pagesOf({ model: 'none' }))).toEqual([0]);
});

test('a prompt larger than the limit of a page has a page of its own', async () => {
  const { sql } = database.db;
  const newest = await sql<{ id: string }[]>`select id from tasks order by id desc limit 2`;
  const [large, small] = newest.map(({ id }) => id) as [string, string];
  await sql`update tasks set model = 'large' where id in (${large}, ${small})`;
  await sql`update tasks set prompt = repeat(prompt, 340) || ' haystack' where id = ${large}`;
  const pages = await pagesOf({ text: 'haystack', model: 'large' });
  expect(sizes(pages)).toEqual([1, 0]);
  expect(pages[0]).toMatchObject({ tasks: [{ id: large }], next_cursor: large });
});
