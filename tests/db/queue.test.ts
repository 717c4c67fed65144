import { expect, test } from 'bun:test';
import { LANES } from '@millrace/contracts';
import {
  cancel,
  claim,
  claimDue,
  complete,
  type Database,
  getQueue,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const FINISHED = 50_000;
const AS = { executor: 'test', lease_ms: 60_000 };

// One connection, since it reads the statistics of its own transaction.
const database = shared(() => createTestDatabase(1));

test('shows what waits, what runs, and for how long the oldest has been due', async () => {
  const { db } = database;
  expect(await getQueue(db)).toEqual({ pending: 0, running: 0, oldest_pending_seconds: null });
  const [first, second, third] = [
    await submit(db, newTask()),
    await submit(db, newTask({ priority: 9 })),
    await submit(db, newTask()),
  ];
  await submit(db, newTask({ delay_ms: 3_600_000 }));
  expect(await claim(db, { task_id: first.id, ...AS })).toMatchObject({ taken_over: false });
  await db.sql`update tasks set due_at = now() - interval '90 seconds' where id = ${second.id}`;
  const queue = await getQueue(db);
  expect(queue).toMatchObject({ pending: 3, running: 1 });
  expect(queue.oldest_pending_seconds).toBeGreaterThanOrEqual(90);
  expect(queue.oldest_pending_seconds).toBeLessThan(120);

  await complete(db, { task_id: first.id, attempt: 1, result: { output: '', steps: [] }, usage: null });
  await cancel(db, UNRESTRICTED, second.id);
  await cancel(db, UNRESTRICTED, third.id);
  expect(await getQueue(db)).toEqual({ pending: 1, running: 0, oldest_pending_seconds: null });
});

test('reads no finished row, whether or not the table is analyzed', async () => {
  const { db } = database;
  await db.sql`
    insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, metadata, run_at, status, finished_at)
    select gen_random_uuid(), 'x', 'builtin', 5, 3, 1000, '{}', now(), 'COMPLETED', now()
    from generate_series(1, ${FINISHED})`;
  for (const analysed of [false, true]) {
    if (analysed) await db.sql`vacuum analyze tasks`;
    const read = await db.sql.begin(async (transaction) => {
      const sql = transaction as unknown as Database['sql'];
      const before = await rowsRead(sql);
      await getQueue({ ...db, sql, query: sql as unknown as Database['query'] });
      const after = await rowsRead(sql);
      return { byScan: after.by_scan - before.by_scan, byIndex: after.by_index - before.by_index };
    });
    expect(read.byScan).toBe(0);
    expect(read.byIndex).toBeLessThan(20);
  }
});

/** As counted so far on this connection. */
async function rowsRead(sql: Database['sql']) {
  const [row] = await sql<[{ by_scan: number; by_index: number }]>`
    select seq_tup_read::float8 as by_scan, idx_tup_fetch::float8 as by_index
    from pg_stat_xact_user_tables where relname = 'tasks'`;
  return row;
}

test('a claim says since when its task was submitted and due, and whether its executor was lost', async () => {
  const { db } = database;
  const { id } = await submit(db, newTask());
  await db.sql`
    update tasks set created_at = now() - interval '300 seconds', run_at = now() - interval '200 seconds',
      due_at = now() - interval '199.85 seconds' where id = ${id}`;
  const claimOne = async () => (await claimDue(db, { ...AS, limit: 1, lanes: LANES })).claimed[0];
  const fresh = await claimOne();
  expect(fresh).toMatchObject({ id, taken_over: false });
  expect(fresh!.waited_ms / 1000).toBeWithin(199, 230);
  expect(fresh!.age_ms / 1000).toBeWithin(300, 330);

  await db.sql`update tasks set due_at = now() - interval '100 seconds' where id = ${id}`;
  const lost = await claimOne();
  expect(lost).toMatchObject({ id, attempts: 2, taken_over: true });
  expect(lost!.waited_ms / 1000).toBeWithin(100, 130);
});
