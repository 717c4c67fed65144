import { expect, test } from 'bun:test';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';
import { startTestStack } from './test-stack.ts';

/**
 * One slot, so that tasks start in the order the executor chose; and tasks long enough that hardly one starts while
 * a slow message is on its way.
 */
const platform = shared(() =>
  startTestStack({ env: { EXECUTOR_CONCURRENCY: '1', SIMULATED_LATENCY_MS: '100' } }),
);

const simulated = { model: 'simulated', prompt: 'wait a little' };

async function startedOrder(): Promise<number[]> {
  const rows = await platform.db.sql<{ priority: number }[]>`select priority from tasks order by started_at`;
  return rows.map(({ priority }) => priority);
}

test('high overtakes a backlog of low, and low still finishes', async () => {
  for (let i = 0; i < 30; i++) await platform.post({ ...simulated, priority: 1 });
  await eventually('some of the backlog ran', async () => (await startedOrder()).length >= 5);
  const { id } = await platform.post({ ...simulated, priority: 9 });
  const high = await platform.ended(id);
  const [ahead] = await platform.db.sql<{ count: number }[]>`
    select count(*)::int as count from tasks
    where priority = 1 and started_at > ${high.created_at} and started_at < ${high.started_at}`;
  // The only slot was taken when it arrived, and may have been given away once more before its message did.
  expect(ahead!.count).toBeLessThanOrEqual(3);
  await platform.untilEnded(31);
}, 60_000);

test('low progresses under a steady load of high', async () => {
  await platform.db.sql`truncate tasks cascade`;
  // One submitted first would start first.
  for (let i = 0; i < 40; i++) {
    if (i === 5) await platform.post({ ...simulated, priority: 1 });
    await platform.post({ ...simulated, priority: 9 });
  }
  await platform.untilEnded(41);
  expect((await startedOrder()).indexOf(1)).toBeLessThan(30);
}, 60_000);
