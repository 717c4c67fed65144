import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { Task } from '@millrace/contracts';
import { createLogger } from '@millrace/runtime';
import { completedTask, submittedTask } from '../swagger/examples.ts';
import { TaskWaiters } from './task-waiters.ts';
import { waitForEnd } from './wait-for-end.ts';

const logger = createLogger('waiters-test', 'error', 'stderr');
const { id } = submittedTask;
let current: Task | null;
let reads: number;
let waiters: TaskWaiters;
beforeEach(() => {
  current = submittedTask;
  reads = 0;
  waiters = new TaskWaiters({ findFinished: async (ids) => ids, maxWaiters: 10, logger });
});
afterEach(() => waiters.stop());

async function read(): Promise<Task | null> {
  reads++;
  return current;
}
function wait(seconds = 60, signal = new AbortController().signal) {
  return waitForEnd(waiters, id, { owner: null, seconds, signal, read });
}
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const tellEnd = () => waiters.hear([{ v: 1, type: 'status', task_id: id, status: 'COMPLETED', attempt: 1 }]);

test('reads once before and once after, and leaves the registry', async () => {
  const waiting = wait();
  await nextTurn();
  current = completedTask;
  tellEnd();
  expect(await waiting).toBe(completedTask);
  expect([reads, waiters.places.taken]).toEqual([2, 0]);
});

test('does not wait for a task that has ended or does not exist', async () => {
  current = completedTask;
  expect(await wait()).toBe(completedTask);
  current = null;
  expect(await wait()).toBeNull();
  expect([reads, waiters.places.taken]).toEqual([2, 0]);
});

test('notices an end between joining and reading', async () => {
  const slow = Promise.withResolvers<Task>();
  const waiting = waitForEnd(waiters, id, {
    owner: null,
    seconds: 60,
    signal: new AbortController().signal,
    read: () => (reads++ === 0 ? slow.promise : Promise.resolve(completedTask)),
  });
  tellEnd();
  await nextTurn();
  slow.resolve(submittedTask);
  expect(await waiting).toBe(completedTask);
});

test('keeps waiting if the task was replayed before it could be read', async () => {
  const waiting = wait();
  await nextTurn();
  tellEnd();
  await nextTurn();
  expect([reads, waiters.places.taken]).toEqual([2, 1]);
  current = completedTask;
  tellEnd();
  expect(await waiting).toBe(completedTask);
});

test('returns the task as it stands when the time is up or the gateway stops', async () => {
  expect(await wait(0.02)).toBe(submittedTask);
  const waiting = wait();
  await nextTurn();
  waiters.stop();
  expect(await waiting).toBe(submittedTask);
  expect(await wait()).toBe(submittedTask);
});

test('does not read again for a client that has gone', async () => {
  const client = new AbortController();
  const waiting = wait(60, client.signal);
  await nextTurn();
  client.abort();
  await waiting;
  expect([reads, waiters.places.taken]).toEqual([1, 0]);
});

test('leaves the registry when reading fails', async () => {
  const signal = new AbortController().signal;
  const read = () => Promise.reject(new Error('away'));
  await expect(waitForEnd(waiters, id, { owner: null, seconds: 60, signal, read })).rejects.toThrow('away');
  await nextTurn();
  expect(waiters.places.taken).toBe(0);
});
