import { expect, test } from 'bun:test';
import { submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, untilEnded } from './test-executor.ts';

/** Heartbeats are two seconds apart. One between the claim's answer and the end of its lease, 1,200 ms later, would renew it anyway. */
test.concurrent.each([
  ['rescue path', 1_275],
  ['stream', 1_600],
])(
  'a claim by the %s that takes most of its lease keeps its task',
  async (path, afterBeatMs) => {
    await using database = await createTestDatabase();
    const { db } = database;
    await db.sql`
    create function tarry() returns trigger language plpgsql as $$ begin
      perform pg_sleep(4.8);
      return null;
    end $$`;
    await db.sql`
    create trigger tarry after update on tasks for each row when (new.attempts > old.attempts) execute function tarry()`;
    await using executor = await startExecutor(db, {
      models: 'simulated',
      baseUrl: '',
      leaseMs: 6_000,
      simulatedLatencyMs: 3_000,
    });
    await eventually('a heartbeat was so long ago', () => {
      const { last_renewal_ms_ago } = executor.executor.progress();
      return last_renewal_ms_ago !== null && Math.abs(last_renewal_ms_ago - afterBeatMs) < 50;
    });
    const { id } = await submit(db, newTask({ model: 'simulated', max_attempts: 1 }));
    if (path === 'stream') {
      executor.executor.receive([{ taskId: id, lane: 'normal', traceparent: undefined, acknowledge() {} }]);
    }

    expect(await untilEnded(db, id, 20_000)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
  },
  30_000,
);
