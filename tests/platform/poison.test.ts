import { expect, test } from 'bun:test';
import { shared } from '../shared.ts';
import { everyAttempt } from '../whole-history.ts';
import { startTestStack } from './test-stack.ts';

const platform = shared(() =>
  startTestStack({
    executors: 2,
    env: { SIMULATED_LATENCY_MS: '400', LEASE_MS: '1000', EXECUTOR_CONCURRENCY: '8' },
  }),
);

/** Kills whichever executor runs the task, as the task itself would by exhausting its memory. */
async function killExecutorOf(id: string, attempt: number): Promise<void> {
  const { process } = await platform.executorOf(id, attempt, { timeoutMs: 20_000, intervalMs: 5 });
  process.kill('SIGKILL');
}

test('a task that kills its executors ends FAILED, and no other task with it', async () => {
  const simulated = { prompt: 'innocent', model: 'simulated' };
  const innocent: string[] = [];
  const poison = await platform.post({ ...simulated, prompt: 'poison', max_attempts: 3 });
  for (let attempt = 1; attempt <= 3; attempt++) {
    const killed = killExecutorOf(poison.id, attempt);
    for (let i = 0; i < 20; i++) innocent.push((await platform.post(simulated)).id);
    await killed;
  }
  await platform.untilEnded(innocent.length + 1, 60_000);
  expect(await platform.get(poison.id)).toMatchObject({
    status: 'FAILED',
    attempts: 3,
    error: { code: 'executor_lost' },
  });
  expect((await everyAttempt(platform.db, poison.id)).map(({ status }) => status)).toEqual([
    'LOST',
    'LOST',
    'LOST',
  ]);
  const statuses = await Promise.all(innocent.map(async (id) => (await platform.get(id)).status));
  expect(new Set(statuses)).toEqual(new Set(['COMPLETED']));
}, 120_000);
