import { expect, test } from 'bun:test';
import { ToolError } from '@millrace/tools';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { calculatorThat, startExecutor, submitTask, untilEnded } from './test-executor.ts';

test('what a task ends with is stored even if it contains what Postgres refuses', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const tool = calculatorThat(({ expression }) => {
    if (expression === '1+1') return 'a\u0000b\ud800c';
    throw new ToolError('odd', 'd\u0000e\udc00f');
  });
  await using executor = await startExecutor(db, { models: 'builtin', baseUrl: '', tools: [tool] });
  const ask = (prompt: string) => submitTask(db, { model: 'builtin', prompt, max_attempts: 1 });
  const [returned, thrown] = [await ask('calculate 1+1'), await ask('calculate 6*7')];
  // The error quotes only the beginning of the place, and cuts a character in two.
  const cut = await ask(`what time is it in a${'𠮷'.repeat(40)}`);
  expect(await untilEnded(db, returned)).toMatchObject({
    status: 'COMPLETED',
    result: { output: 'a\ufffdb\ufffdc' },
  });
  expect(await untilEnded(db, thrown)).toMatchObject({
    status: 'FAILED',
    error: { code: 'odd', message: 'd\ufffde\ufffdf' },
  });
  await eventually('it is announced in the same words', () =>
    executor.dead.some((message) => Bun.deepMatch({ task_id: thrown, message: 'd\ufffde\ufffdf' }, message)),
  );
  expect(await untilEnded(db, cut)).toMatchObject({
    status: 'FAILED',
    attempts: 1,
    error: { code: 'not_understood', message: expect.stringContaining('𠮷\ufffd”') },
  });
  // Rate-limited, and no outage.
  expect(executor.log.filter((line) => line.includes('outcome'))).toEqual([
    expect.stringMatching(/^replacing what Postgres cannot store in the outcome .*task_id/s),
  ]);
}, 30_000);

test('an outcome that Postgres refuses for a reason unforeseen frees its slot in the end', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await db.sql`
    create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'refused for the test';
    end $$`;
  await db.sql`
    create trigger refuse before update on tasks for each row when (new.status = 'COMPLETED') execute function refuse()`;
  await using executor = await startExecutor(db, { models: 'builtin', baseUrl: '' });
  await submitTask(db, { model: 'builtin', prompt: 'calculate 1+1' });
  await eventually('it gives up', () =>
    executor.log.some((line) => line.startsWith('could not write the outcome; giving up')),
  );
  await eventually('the slot is free', () => executor.executor.attempts.count === 0);
}, 30_000);
