import { beforeEach, expect, test } from 'bun:test';
import type { Attempt, Task } from '@millrace/contracts';
import { cancel, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { timed } from '../timed.ts';
import { eventually } from '../waiting.ts';
import { everyAttempt } from '../whole-history.ts';
import { startTestStack } from './test-stack.ts';

const LEASE_MS = 1_500;
const log: string[] = [];
const platform = shared(() =>
  startTestStack({
    executors: 2,
    onLine: (_, line) => log.push(line),
    env: { SIMULATED_LATENCY_MS: '60000', LEASE_MS: `${LEASE_MS}`, DRAIN_TIMEOUT_MS: '200' },
  }),
);
beforeEach(async () => {
  await platform.db.sql`truncate tasks cascade`;
});

function takenOver(id: string, timeoutMs: number): Promise<Attempt[]> {
  return eventually(
    'the second attempt runs',
    async () => {
      const attempts = await everyAttempt(platform.db, id);
      return attempts.length === 2 && attempts[1]!.status === 'RUNNING' && attempts;
    },
    { timeoutMs },
  );
}

function post(fields: Partial<Task> = {}) {
  return platform.post({
    prompt: 'take a minute',
    model: 'simulated',
    max_attempts: 3,
    ...(fields as object),
  });
}

test('a cancelled task stops running within a second', async () => {
  const { id } = await post();
  const { isIdle } = await platform.executorOf(id);
  await cancel(platform.db, UNRESTRICTED, id);
  const { tookMs, stallMs } = await timed(() => eventually('nothing runs any more', isIdle));
  expect(tookMs).toBeLessThan(1_000 + stallMs);
  expect(await platform.get(id)).toMatchObject({ status: 'CANCELLED', result: null });
});

test('a stopped executor hands its tasks over at once, without counting the attempts', async () => {
  const { id } = await post({ max_attempts: 1 });
  const { process: executor } = await platform.executorOf(id);
  const stopped = executor.stop();
  const attempts = await takenOver(id, 3_000);
  expect(attempts.map(({ status }) => status)).toEqual(['RELEASED', 'RUNNING']);
  await stopped;
  await executor.start();
  await cancel(platform.db, UNRESTRICTED, id);
}, 30_000);

test('kill -9 costs at most one lease', async () => {
  const { id } = await post();
  const { process: executor } = await platform.executorOf(id);
  executor.kill('SIGKILL');
  const attempts = await takenOver(id, LEASE_MS + 2_000);
  expect(attempts.map(({ status, error }) => [status, error?.code])).toEqual([
    ['LOST', 'executor_lost'],
    ['RUNNING', undefined],
  ]);
  await executor.ready();
  await cancel(platform.db, UNRESTRICTED, id);
}, 30_000);

test('a zombie writes nothing', async () => {
  const { id } = await post();
  const { process: executor, isIdle } = await platform.executorOf(id);
  executor.kill('SIGSTOP');
  await takenOver(id, LEASE_MS + 2_000);
  executor.kill('SIGCONT');
  // The zombie's own heartbeat tells it that it no longer owns the task.
  await eventually('the zombie dropped the task', isIdle);
  expect(await platform.get(id)).toMatchObject({ status: 'RUNNING', attempts: 2 });
  await cancel(platform.db, UNRESTRICTED, id);
}, 30_000);

test('an executor stops in order though its broker is frozen', async () => {
  const { id } = await post();
  const { process: executor } = await platform.executorOf(id);
  const { pid } = executor;
  // What it has claimed is not committed yet, and that it hands the task back cannot be told.
  platform.stack.broker.kill('SIGSTOP');
  try {
    await executor.stop();
  } finally {
    platform.stack.broker.kill('SIGCONT');
  }
  expect(log.findLast((line) => line.includes(`"pid":${pid},`))).toContain('"msg":"stopped"');
  await executor.start();
  await cancel(platform.db, UNRESTRICTED, id);
}, 60_000);
