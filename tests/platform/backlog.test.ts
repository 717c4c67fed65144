import { beforeAll, expect, test } from 'bun:test';
import { submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';
import { startTestStack } from './test-stack.ts';

/** Two executors whose slots and buffers stay full of low-priority work while these tests run. */
const platform = shared(() =>
  startTestStack({
    executors: 2,
    env: { EXECUTOR_CONCURRENCY: '4', SIMULATED_LATENCY_MS: '100', LEASE_MS: '1500' },
  }),
);
beforeAll(async () => {
  const low = Array.from({ length: 800 }, () =>
    platform.post({ prompt: 'low', model: 'simulated', priority: 1 }),
  );
  await Promise.all(low);
}, 60_000);

async function startedWithin(id: string, timeoutMs: number) {
  return eventually(
    'it has started',
    async () => {
      const task = await platform.get(id);
      return task.started_at !== null && task;
    },
    { timeoutMs },
  );
}

test('an urgent task without a message starts ahead of the backlog', async () => {
  const urgent = () => newTask({ prompt: 'urgent', model: 'simulated', priority: 9 });
  const ids: string[] = [];
  for (let i = 0; i < 8; i++) ids.push((await submit(platform.db, urgent())).id);
  for (const id of ids) await startedWithin(id, 3_000);
  const [left] = await platform.db.sql<{ count: number }[]>`
    select count(*)::int as count from tasks where status = 'PENDING'`;
  expect(left!.count).toBeGreaterThan(100);
});

test('tasks of a killed executor are taken over ahead of the backlog', async () => {
  const [victim] = platform.stack.executors;
  const before = await eventually('the victim runs some', async () => {
    const rows = await platform.db.sql<{ id: string }[]>`
      select id from tasks where status = 'RUNNING' and executor like ${`%-${victim!.pid}`}`;
    return rows.length > 0 && rows;
  });
  victim!.kill('SIGKILL');
  await eventually(
    'all of them have started again',
    async () => {
      const [row] = await platform.db.sql<{ count: number }[]>`
        select count(*)::int as count from tasks
        where id in (select value::uuid from json_array_elements_text(${JSON.stringify(before.map(({ id }) => id))}::json))
          and (finished_at is not null or attempts > 1)`;
      return row!.count === before.length;
    },
    { timeoutMs: 4_500 },
  );
}, 30_000);
