import { expect, test } from 'bun:test';
import type { Lane } from '@millrace/contracts';
import { createTestDatabase } from '../test-database.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

test('a doorbell whose task cannot be claimed costs its lane no turn', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const submitBuiltin = (priority: number) => submitTask(db, { model: 'builtin', priority });
  const high = await Promise.all(Array.from({ length: 40 }, () => submitBuiltin(9)));
  const low = await submitBuiltin(0);
  // Hidden from the rescue path.
  await db.sql`update tasks set due_at = now() + interval '1 hour'`;
  await using lab = await startExecutor(db, { models: 'builtin', baseUrl: '', concurrency: 1 });
  const doorbell = (taskId: string, lane: Lane) => ({
    taskId,
    lane,
    traceparent: undefined,
    acknowledge() {},
  });
  const gone = doorbell(Bun.randomUUIDv7(), 'low');
  lab.executor.receive([...high.map((id) => doorbell(id, 'high')), gone, doorbell(low, 'low')]);
  await untilEnded(db, low);
  const [before] = await db.sql`
    select count(*)::integer as tasks from tasks where started_at < (select started_at from tasks where id = ${low})`;
  expect(before!.tasks).toBe(16);
});
