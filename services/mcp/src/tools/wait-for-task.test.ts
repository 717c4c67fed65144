import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { SharedPlaces } from '@millrace/access';
import { type TaskState, UNRESTRICTED } from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import type { McpContext } from '../context.ts';
import { TaskWatch } from '../watching/task-watch.ts';
import type { ToolProgress } from './tool.ts';
import { waitForTask } from './wait-for-task.ts';

const id = Bun.randomUUIDv7();
let state: TaskState;
let watch: TaskWatch;
let waiting: SharedPlaces;
let looks: number;
beforeEach(() => {
  jest.useFakeTimers();
  waiting = new SharedPlaces(1);
  looks = 0;
  state = { id, status: 'RUNNING', attempts: 1, max_attempts: 3, steps: 0 };
  watch = new TaskWatch({
    async readStates() {
      looks++;
      return [state];
    },
    logger: createLogger('wait-test', 'error', 'stderr'),
  });
});
afterEach(() => {
  watch.stop();
  jest.useRealTimers();
});

/** The outcome cannot be read here: the wait ends before that. */
function wait(reports: ToolProgress[] = [], signal = new AbortController().signal) {
  const context = { watch, waiting, caller: UNRESTRICTED, databases: {} } as McpContext;
  const report = async (progress: ToolProgress) => void reports.push(progress);
  return waitForTask.run(context, { task_id: id }, { signal, report });
}
async function pass(ms: number) {
  for (let i = 0; i < 10; i++) await Promise.resolve();
  jest.advanceTimersByTime(ms);
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

test('reports progress every few seconds until the end, and none after', async () => {
  const reports: ToolProgress[] = [];
  const waits = wait(reports).catch(() => 'over');
  await pass(0);
  await pass(5_000);
  await pass(5_000);
  expect(reports.map(({ message }) => message)).toEqual(
    Array(3).fill('RUNNING, attempt 1 of 3, 0 steps so far'),
  );
  state = { ...state, status: 'COMPLETED' };
  await pass(300);
  expect(await waits).toBe('over');
  looks = 0;
  await pass(20_000);
  expect([reports.length, waiting.taken, looks]).toEqual([3, 0, 0]);
});

test.each(['before', 'after'])('ends once its client is gone, %s it began', async (when) => {
  const client = new AbortController();
  if (when === 'before') client.abort();
  let isOver = false;
  wait([], client.signal).catch(() => {
    isOver = true;
  });
  await pass(0);
  client.abort();
  await pass(0);
  expect([isOver, waiting.taken]).toEqual([true, 0]);
});

test('is refused when all places are taken, naming what to call instead', async () => {
  const waits = wait().catch(() => 'over');
  await pass(0);
  const refusals: string[] = [];
  wait().catch((error: Error) => refusals.push(error.message));
  await pass(0);
  expect(refusals).toEqual(['1 calls wait here already. Call get_task_status now and then instead.']);
  await pass(30_000);
  expect(await waits).toBe('over');
});
