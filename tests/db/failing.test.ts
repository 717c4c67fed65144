import { beforeEach, describe, expect, test } from 'bun:test';
import type { TaskError, Usage } from '@millrace/contracts';
import { complete, fail, getTask, replay, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { everyAttempt } from '../whole-history.ts';
import { taskActions } from './task-actions.ts';

const BUSY: TaskError = { code: 'rate_limited', message: 'later', retryable: true };
const REFUSED: TaskError = { code: 'refused', message: 'no', retryable: false };
const USAGE: Usage = { input_tokens: 100, output_tokens: 20, cached_tokens: 50, cost_usd: 0.001 };
const RESULT = { output: '2', steps: [] };

const database = shared(createTestDatabase);
beforeEach(async () => {
  await database.db.sql`truncate tasks cascade`;
});
const { claimIt, running } = taskActions(database);

/** How long after the end of the attempt the next one may start, in milliseconds. */
async function delayOf(id: string): Promise<number> {
  const task = await getTask(database.db, UNRESTRICTED, id);
  const attempt = (await everyAttempt(database.db, id)).at(-1);
  return Date.parse(task!.run_at) - Date.parse(attempt!.ended_at!);
}
async function delayAfter(retry_after_ms: number | null): Promise<number> {
  const id = await running();
  expect(await fail(database.db, { task_id: id, attempt: 1, error: BUSY, retry_after_ms })).toBe('PENDING');
  return delayOf(id);
}

test('the backoff is random, and its most doubles with each attempt that counts, up to a minute', async () => {
  const { db } = database;
  /** The shortest and the longest of twenty. */
  const delaysAfter = async (attempt: number, uncounted = 0) => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => running()));
    await db.sql`
      update tasks set attempts = ${attempt}, uncounted_attempts = ${uncounted}, max_attempts = 20
      where status = 'RUNNING'`;
    await Promise.all(ids.map((task_id) => fail(db, { task_id, attempt, error: BUSY })));
    const delays = await Promise.all(ids.map(delayOf));
    return [Math.min(...delays), Math.max(...delays)] as const;
  };
  expect((await delaysAfter(1))[1]).toBeWithin(0, 1_002);
  const [shortest, longest] = await delaysAfter(5);
  expect(shortest).toBeWithin(0, 10_000);
  expect(longest).toBeWithin(2_000, 16_002);
  expect((await delaysAfter(5, 4))[1]).toBeWithin(0, 1_002);
  expect((await delaysAfter(12))[1]).toBeWithin(20_000, 60_002);
});

describe('a pause requested by the provider', () => {
  test('overrides the backoff', async () => {
    expect(await delayAfter(null)).toBeWithin(0, 1_002);
    expect(await delayAfter(0)).toBeWithin(0, 1_002);
    expect(await delayAfter(30_000)).toBeWithin(29_999, 31_002);
    expect(await delayAfter(1_500.5)).toBeWithin(1_500, 2_503);
  });

  test('is an hour at most', async () => {
    expect(await delayAfter(10 * 3_600_000)).toBeWithin(3_599_999, 3_601_002);
    expect(await delayAfter(Number.MAX_VALUE)).toBeWithin(3_599_999, 3_601_002);
  });

  test('keeps everybody off the task until it is over', async () => {
    const id = await running();
    await fail(database.db, { task_id: id, attempt: 1, error: BUSY, retry_after_ms: 30_000 });
    const pass = (seconds: number) =>
      database.db.sql`update tasks set run_at = run_at - make_interval(secs => ${seconds})`;
    await pass(29);
    expect(await claimIt(id)).toBeNull();
    await pass(3);
    expect(await claimIt(id)).toMatchObject({ attempts: 2 });
  });

  test('is kept for each task of a batch', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => running()));
    await Promise.all(
      ids.map((task_id, index) =>
        fail(database.db, { task_id, attempt: 1, error: BUSY, retry_after_ms: index * 10_000 }),
      ),
    );
    for (const [index, id] of ids.entries())
      expect(await delayOf(id)).toBeWithin(index * 10_000 - 1, index * 10_000 + 1_002);
  });

  test('has no effect on a task that has ended', async () => {
    const id = await running();
    const failure = { task_id: id, attempt: 1, error: REFUSED, retry_after_ms: 30_000 };
    expect(await fail(database.db, failure)).toBe('FAILED');
    const { run_at, created_at } = (await getTask(database.db, UNRESTRICTED, id))!;
    expect(run_at).toBe(created_at);
  });
});

describe('usage', () => {
  const failWith = (task_id: string, attempt: number, usage: Usage | null, error = BUSY) =>
    fail(database.db, { task_id, attempt, error, usage });
  const usageOf = async (id: string) => (await getTask(database.db, UNRESTRICTED, id))?.usage;
  const again = async (id: string) => {
    await database.db.sql`update tasks set run_at = now()`;
    expect(await claimIt(id)).not.toBeNull();
  };

  test('of a failed attempt is kept with the task, and grows with the next', async () => {
    const id = await running();
    await failWith(id, 1, USAGE);
    expect(await usageOf(id)).toEqual(USAGE);
    await again(id);
    // Nothing was counted: the known usage stays.
    await failWith(id, 2, null);
    expect(await usageOf(id)).toEqual(USAGE);
    await again(id);
    const total = { ...USAGE, input_tokens: 300, cost_usd: null };
    await failWith(id, 3, total, REFUSED);
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'FAILED', usage: total });
  });

  test('is set by a completion, and reset by a replay', async () => {
    const id = await running();
    await failWith(id, 1, USAGE);
    await again(id);
    const total = { ...USAGE, output_tokens: 40 };
    await complete(database.db, { task_id: id, attempt: 2, result: RESULT, usage: total });
    expect(await usageOf(id)).toEqual(total);
    await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
    expect(await usageOf(id)).toBeNull();
  });
});
