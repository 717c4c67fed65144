import { expect, test } from 'bun:test';
import { claim, complete, submit } from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const COUNT = 128;
/** Together more than the 256 MiB that Postgres accepts in one value, as when long answers finish during an outage. */
const OUTPUT = 'x'.repeat(2_200_000);

test('results too large for a single statement are stored in parts', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const tasks = await Promise.all(Array.from({ length: COUNT }, () => submit(db, newTask())));
  const claims = tasks.map(({ id }) => claim(db, { task_id: id, executor: 'a', lease_ms: 60_000 }));
  expect((await Promise.all(claims)).every((task) => task !== null)).toBe(true);

  const written = tasks.map(({ id }) =>
    complete(db, { task_id: id, attempt: 1, result: { output: OUTPUT, steps: [] }, usage: null }),
  );
  expect(new Set(await Promise.all(written))).toEqual(new Set([true]));
  const [row] = await db.sql`
    select count(*)::integer as count from tasks where length(result ->> 'output') = ${OUTPUT.length}`;
  expect(row!.count).toBe(COUNT);
}, 90_000);
