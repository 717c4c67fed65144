import { expect, test } from 'bun:test';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, submitTask } from './test-executor.ts';

test('the counts of finished tasks are folded once tasks have ended, and none is lost', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await db.sql`
    insert into finished_counts (status, count)
    select status::task_status, n from unnest(array['COMPLETED', 'FAILED']) as status, generate_series(1, 100) as n`;
  await using _executor = await startExecutor(db, { models: 'builtin', baseUrl: '' });
  await submitTask(db, { model: 'builtin', prompt: 'calculate 1+1' });
  const folded = await eventually(
    'few rows are left',
    async () => {
      const rows = await db.sql`select status, count::integer from finished_counts order by status`;
      return rows.length === 2 && [...rows];
    },
    { timeoutMs: 30_000 },
  );
  expect(folded).toEqual([
    { status: 'COMPLETED', count: 5_051 },
    { status: 'FAILED', count: 5_050 },
  ]);
}, 40_000);
