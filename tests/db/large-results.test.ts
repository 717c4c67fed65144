import { expect, test } from 'bun:test';
import { claim, complete, getTask, readTimeline, submit, UNRESTRICTED } from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const COUNT = 128;
/** Together more than the 256 MiB that Postgres takes in one value, as after an outage in which long answers were finished. */
const OUTPUT = 'x'.repeat(2_200_000);

test('results that are too large for one statement together are stored in parts', async () => {
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

test('large results that are read at the same time come in several statements, each to whom it is for', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const tasks = await Promise.all(Array.from({ length: 6 }, () => submit(db, newTask())));
  const outputs = new Map<string, string>();
  for (const { id: task_id } of tasks) {
    await claim(db, { task_id, executor: 'a', lease_ms: 60_000 });
    // Hardly to be compressed.
    const output = crypto.getRandomValues(Buffer.alloc(1_500_000)).toString('base64');
    await complete(db, { task_id, attempt: 1, result: { output, steps: [] }, usage: null });
    outputs.set(task_id, output);
  }
  const unknown = Bun.randomUUIDv7();
  const ids = [unknown, ...outputs.keys(), unknown];
  const expected = ids.map((id) => outputs.get(id) ?? null);
  let statements = 0;
  const observed = { ...db, observer: { onBatch: () => statements++ } };

  const read = await Promise.all(ids.map((id) => getTask(observed, UNRESTRICTED, id)));
  expect(read.map((task) => task?.result?.output ?? null)).toEqual(expected);
  expect(statements).toBe(2);

  const after = { attempt: 0, seq: 0 };
  const timelines = ids.map((task_id) =>
    readTimeline(observed, { task_id, caller: UNRESTRICTED, after, with_task: true }),
  );
  const told = (await Promise.all(timelines)).map((timeline) => timeline?.task?.result?.output ?? null);
  expect(told).toEqual(expected);
  expect(statements).toBe(4);
}, 90_000);
