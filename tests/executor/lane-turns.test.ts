import { expect, test } from 'bun:test';
import type { Lane } from '@millrace/contracts';
import type { Database } from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

const ONE_SLOT = { models: 'builtin', baseUrl: '', concurrency: 1 };

async function submitBacklog(db: Database) {
  const submitBuiltin = (priority: number) => submitTask(db, { model: 'builtin', priority });
  const high = await Promise.all(Array.from({ length: 40 }, () => submitBuiltin(9)));
  return { high, low: await submitBuiltin(0) };
}

/** How many tasks started before this one did. */
async function startedBefore(db: Database, id: string): Promise<number> {
  await untilEnded(db, id);
  const [before] = await db.sql<[{ tasks: number }]>`
    select count(*)::integer as tasks from tasks where started_at < (select started_at from tasks where id = ${id})`;
  return before.tasks;
}

const doorbell = (taskId: string, lane: Lane) => ({ taskId, lane, traceparent: undefined, acknowledge() {} });

test('a doorbell whose task cannot be claimed costs its lane no turn', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { high, low } = await submitBacklog(db);
  // Hidden from the rescue path.
  await db.sql`update tasks set due_at = now() + interval '1 hour'`;
  await using lab = await startExecutor(db, ONE_SLOT);
  const gone = doorbell(Bun.randomUUIDv7(), 'low');
  lab.executor.receive([...high.map((id) => doorbell(id, 'high')), gone, doorbell(low, 'low')]);
  expect(await startedBefore(db, low)).toBe(16);
});

test('each lane has its turn on the rescue path as well', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { low } = await submitBacklog(db);
  await db.sql`update tasks set due_at = now()`;
  await using _lab = await startExecutor(db, ONE_SLOT);
  expect(await startedBefore(db, low)).toBe(16);
});

test('urgent tasks without a doorbell start one after another, ahead of the doorbells that wait', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const submitSome = (count: number, priority: number) =>
    Promise.all(Array.from({ length: count }, () => submitTask(db, { model: 'simulated', priority })));
  const low = await submitSome(30, 0);
  await db.sql`update tasks set due_at = now() + interval '1 hour'`;
  const urgent = await submitSome(6, 9);
  await db.sql`update tasks set due_at = now() - interval '1 second' where priority = 9`;
  await using lab = await startExecutor(db, { ...ONE_SLOT, models: 'simulated' });
  lab.executor.receive(low.map((id) => doorbell(id, 'low')));
  await Promise.all([...urgent, ...low].map((id) => untilEnded(db, id)));
  const started = await db.sql<{ priority: number }[]>`select priority from tasks order by started_at`;
  const order = started.map(({ priority }) => priority);
  expect(order[0]).toBe(0);
  expect(order.lastIndexOf(9) - order.indexOf(9)).toBe(5);
  expect(order.at(-1)).toBe(0);
}, 30_000);
