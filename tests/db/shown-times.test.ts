import { expect, test } from 'bun:test';
import { getTask, listTasks, replay, submit, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { newTask } from './new-task.ts';

const database = shared(createTestDatabase);

const SHOWN = '2026-11-23T08:30:00.123Z';

/** A finished task that was created in the middle of a millisecond. */
async function finishedTask(): Promise<string> {
  const { db } = database;
  const { id } = await submit(db, newTask({ id: Bun.randomUUIDv7('hex', Date.parse(SHOWN)) }));
  await db.sql`
    update tasks set created_at = '2026-11-23 08:30:00.123456+00', status = 'CANCELLED', finished_at = now(), due_at = null
    where id = ${id}`;
  expect((await getTask(db, UNRESTRICTED, id))!.created_at).toBe(SHOWN);
  return id;
}

// Whichever of the two is used, and however the time is written.
test.each<[created: { created_after?: string; created_before?: string }, found: boolean]>([
  [{ created_after: SHOWN }, false],
  [{ created_after: '2026-11-23T09:30:00.1230000+01:00' }, false],
  [{ created_after: '2026-11-23T08:30:00.1234Z' }, false],
  [{ created_after: '2026-11-23T08:30:00.122999Z' }, true],
  [{ created_after: '2026-11-23T08:30:00.122Z' }, true],
  [{ created_before: SHOWN }, false],
  [{ created_before: '2026-11-23T08:30:00.1230Z' }, false],
  [{ created_before: '2026-11-23T08:30:00.1231Z' }, true],
  [{ created_before: '2026-11-23T08:30:00.124Z' }, true],
  [{ created_after: '2026-11-23T08:30:00.122Z', created_before: '2026-11-23T08:30:00.124Z' }, true],
  [{ created_after: '0001-01-01T00:00:00+14:00' }, true],
  [{ created_before: '0001-01-01T00:00:00+14:00' }, false],
])('a task shown as created at .123 is found by %p: %p', async (created, found) => {
  const { db } = database;
  const id = await finishedTask();
  const page = await listTasks(db, UNRESTRICTED, created);
  const replayed = await replay(db, UNRESTRICTED, { ids: [id], ...created }, 1);
  expect({ listed: page.tasks.some((task) => task.id === id), replayed: replayed!.length === 1 }).toEqual({
    listed: found,
    replayed: found,
  });
});

test("times are shown alike, whatever style and zone are the database's own", async () => {
  await using own = await createTestDatabase();
  const { sql } = own.db;
  const name = sql(new URL(own.url).pathname.slice(1));
  await sql`alter database ${name} set datestyle = 'German'`;
  await sql`alter database ${name} set timezone = 'Asia/Tokyo'`;
  await using db = openPool(own.url);
  const task = await submit(db, newTask({ run_at: '2999-11-23T08:30:00.123Z' }));
  expect(task.run_at).toBe('2999-11-23T08:30:00.123Z');
  expect(await getTask(db, UNRESTRICTED, task.id)).toEqual(task);
});
