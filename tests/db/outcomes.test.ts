import { beforeEach, describe, expect, test } from 'bun:test';
import {
  cancel,
  claimDue,
  claimLastChance,
  deleteFinished,
  EXECUTOR_LOST,
  fail,
  findFinished,
  findHeld,
  getTask,
  listenForCancellations,
  release,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { everyAttempt } from '../whole-history.ts';
import { newTask } from './new-task.ts';
import { FINAL, RESULT, RETRYABLE, taskActions } from './task-actions.ts';

const database = shared(() => createTestDatabase(10));
beforeEach(async () => {
  await database.db.sql`truncate tasks, idempotency_keys cascade`;
});
const { claimIt, takeOver, running, completeIt, endLease, letTimePass, history } = taskActions(database);

describe('cancel', () => {
  test('ends a pending task, and does nothing more if repeated', async () => {
    const { id } = await submit(database.db, newTask());
    expect(await cancel(database.db, UNRESTRICTED, id)).toMatchObject({
      changed: true,
      task: { status: 'CANCELLED' },
    });
    expect(await cancel(database.db, UNRESTRICTED, id)).toMatchObject({
      changed: false,
      task: { status: 'CANCELLED' },
    });
    expect(await claimIt(id, 'a')).toBeNull();
    expect(await history(id)).toEqual([]);
  });

  test('fences a running attempt', async () => {
    const id = await running();
    await cancel(database.db, UNRESTRICTED, id);
    expect(await completeIt(id, 1)).toBe(false);
    expect(await fail(database.db, { task_id: id, attempt: 1, error: FINAL })).toBeNull();
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'CANCELLED', result: null });
    expect(await history(id)).toEqual([[1, 'CANCELLED', 'a', null]]);
  });

  test('notifies all listeners if the task was running', async () => {
    const heard: object[] = [];
    const stop = await listenForCancellations(database.db, (attempt) => heard.push(attempt));
    const { id: pending } = await submit(database.db, newTask());
    await cancel(database.db, UNRESTRICTED, pending);
    const id = await running();
    await cancel(database.db, UNRESTRICTED, id);
    await eventually('the cancellation was heard', () => heard.length > 0);
    expect(heard).toEqual([{ task_id: id, attempt: 1 }]);
    await stop();
  });

  test('leaves a finished task alone, and reports an unknown one', async () => {
    const id = await running();
    await completeIt(id, 1);
    expect(await cancel(database.db, UNRESTRICTED, id)).toMatchObject({
      changed: false,
      task: { status: 'COMPLETED' },
    });
    expect(await cancel(database.db, UNRESTRICTED, Bun.randomUUIDv7())).toBeNull();
  });

  test('races with a completion: exactly one of them wins', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await running();
      const [cancelled, completed] = await Promise.all([
        cancel(database.db, UNRESTRICTED, id),
        completeIt(id, 1),
      ]);
      expect(cancelled!.changed).toBe(!completed);
    }
  });
});

test.each([
  ['before', [1, 2]],
  ['after', [2, 1]],
])(
  'a completion that lost its task, in one batch %s the one that owns it, is not written',
  async (_, order) => {
    const id = await running();
    await endLease(id);
    expect(await takeOver(id)).toMatchObject({ attempts: 2 });
    const written = await Promise.all(order.map((attempt) => completeIt(id, attempt, `of ${attempt}`)));
    expect(written).toEqual(order.map((attempt) => attempt === 2));
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ result: { output: 'of 2' } });
  },
);

describe('attempts', () => {
  test('are stored with their error, executor and times', async () => {
    const id = await running({ max_attempts: 3 });
    await fail(database.db, { task_id: id, attempt: 1, error: RETRYABLE });
    await letTimePass(id);
    await claimIt(id, 'b');
    await letTimePass(id);
    await claimLastChance(database.db, { executor: 'c', lease_ms: 60_000 });
    expect(await history(id)).toEqual([
      [1, 'FAILED', 'a', 'busy'],
      [2, 'LOST', 'b', 'executor_lost'],
      [3, 'RUNNING', 'c', null],
    ]);
    await completeIt(id, 3);
    const attempts = await everyAttempt(database.db, id);
    expect(attempts[2]).toMatchObject({ attempt: 3, status: 'COMPLETED', result: RESULT });
    for (const { started_at, ended_at } of attempts)
      expect(Date.parse(ended_at!)).toBeGreaterThanOrEqual(Date.parse(started_at));
  });

  test('that were lost are stored by the rescue path too', async () => {
    const id = await running({ max_attempts: 2 });
    const rescue = () =>
      claimDue(database.db, { executor: 'r', lease_ms: 60_000, limit: 5, lanes: ['high', 'normal', 'low'] });
    await letTimePass(id);
    expect(await rescue()).toEqual({ claimed: [], exhausted: [] });
    expect(await claimIt(id, 'f')).toBeNull();
    const last = await claimLastChance(database.db, { executor: 'r', lease_ms: 60_000 });
    expect(last.claimed).toMatchObject([{ id, attempts: 2, last_chance: true }]);
    await letTimePass(id);
    expect((await rescue()).exhausted).toMatchObject([{ id, attempts: 2 }]);
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({
      status: 'FAILED',
      error: EXECUTOR_LOST,
    });
    expect(await history(id)).toEqual([
      [1, 'LOST', 'a', 'executor_lost'],
      [2, 'LOST', 'r', 'executor_lost'],
    ]);
  });

  test('handed back are free for others at once, and do not count', async () => {
    const id = await running({ max_attempts: 1 });
    expect(await release(database.db, { task_id: id, attempt: 1 })).toBe(true);
    expect(await release(database.db, { task_id: id, attempt: 1 })).toBe(false);
    expect(await claimIt(id, 'b')).toMatchObject({ attempts: 2 });
    expect(await completeIt(id, 1)).toBe(false);
    expect(await fail(database.db, { task_id: id, attempt: 2, error: RETRYABLE })).toBe('FAILED');
    expect((await history(id)).map(([, status]) => status)).toEqual(['RELEASED', 'FAILED']);
  });
});

test('claims an executor holds are found, once no answer can be on its way', async () => {
  const { db } = database;
  const [old, young] = [await running(), await running()];
  const { id: others } = await submit(db, newTask());
  await claimIt(others, 'b');
  await db.sql`
    update tasks set attempt_started_at = attempt_started_at - interval '1 minute' where id <> ${young}`;
  const input = { executor: 'a', older_than_ms: 30_000, younger_than_ms: 600_000 };
  // Claimed by an earlier process of the same name, before this one began.
  expect(await findHeld(db, { ...input, younger_than_ms: 45_000 })).toEqual([]);
  expect(await findHeld(db, input)).toEqual([{ task_id: old, attempt: 1 }]);
  expect(await release(db, { task_id: old, attempt: 1 })).toBe(true);
  expect(await findHeld(db, input)).toEqual([]);
});

test('of the tasks waited for, ended ones are found; finished ones are deleted once old enough', async () => {
  const done = await running();
  await completeIt(done, 1);
  const failed = await running();
  await fail(database.db, { task_id: failed, attempt: 1, error: FINAL });
  const open = await running();
  const unknown = Bun.randomUUIDv7();
  expect((await findFinished(database.db, [done, open, unknown])).sort()).toEqual([done, unknown].sort());
  const old = { older_than_days: 7, limit: 1 };
  expect((await deleteFinished(database.db, old)).deleted).toBe(0);
  await database.db
    .sql`update tasks set finished_at = finished_at - interval '8 days' where finished_at is not null`;
  const deleted = async () => (await deleteFinished(database.db, old)).deleted;
  expect([await deleted(), await deleted()]).toEqual([1, 1]);
  expect((await deleteFinished(database.db, old)).deleted).toBe(0);
  expect(await getTask(database.db, UNRESTRICTED, open)).not.toBeNull();
  expect(await everyAttempt(database.db, failed)).toEqual([]);
});
