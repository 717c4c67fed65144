import { describe, expect, test } from 'bun:test';
import {
  checkpoint,
  claim,
  fail,
  listAttempts,
  listSteps,
  outlineHistory,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { everyAttempt, everyStep } from '../whole-history.ts';
import { newStep } from './new-step.ts';
import { newTask } from './new-task.ts';
import { replayedTask, resultOf } from './task-histories.ts';

const MEBIBYTE = 1024 * 1024;
/** How far one item in these tests may exceed a page. */
const LAST_ITEM_BYTES = 110_000;

const database = shared(createTestDatabase);

/** The numbers of the attempts or steps on each page. */
async function pages(
  read: (cursor?: string) => Promise<{ numbers: number[]; bytes: number; next_cursor: string | null }>,
) {
  const numbers: number[][] = [];
  let largest = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    numbers.push(page.numbers);
    largest = Math.max(largest, page.bytes);
    if (page.next_cursor === null) return { numbers, largest };
    cursor = page.next_cursor;
  }
}
const pagesOfAttempts = (id: string, limit?: number) =>
  pages(async (cursor) => {
    const query = { ...(limit && { limit }), ...(cursor && { cursor }) };
    const { attempts, next_cursor } = await listAttempts(database.db, UNRESTRICTED, id, query);
    const bytes = JSON.stringify(attempts).length;
    return { numbers: attempts.map(({ attempt }) => attempt), bytes, next_cursor };
  });
const pagesOfSteps = (id: string, limit?: number) =>
  pages(async (cursor) => {
    const query = { ...(limit && { limit }), ...(cursor && { cursor }) };
    const { steps, next_cursor } = await listSteps(database.db, UNRESTRICTED, id, query);
    return { numbers: steps.map(({ seq }) => seq), bytes: JSON.stringify(steps).length, next_cursor };
  });

/** A task with two attempts and checkpoints; the second attempt runs. */
async function checkpointed(steps: number, outputBytes = 1): Promise<string> {
  const { id } = await submit(database.db, newTask());
  for (let seq = 1, attempt = 1; seq <= steps; seq++) {
    if (seq === 1 || seq === 3) {
      await database.db.sql`update tasks set run_at = now(), due_at = now() where id = ${id}`;
      await claim(database.db, { task_id: id, executor: 'a', lease_ms: 60_000 });
    }
    const step = newStep(seq, { output: 'x'.repeat(outputBytes) });
    await checkpoint(database.db, { task_id: id, attempt, step });
    if (seq !== 2) continue;
    const error = { code: 'busy', message: 'later', retryable: true };
    await fail(database.db, { task_id: id, attempt, error });
    attempt = 2;
  }
  return id;
}

describe('attempts', () => {
  test('come in pages, each once and in order, including the one that completed the task', async () => {
    const id = await replayedTask(database.db, [resultOf(1), null, resultOf(1), null, resultOf(1)]);
    expect((await pagesOfAttempts(id, 2)).numbers).toEqual([[1, 2], [3, 4], [5]]);
    expect((await pagesOfAttempts(id, 5)).numbers).toEqual([[1, 2, 3, 4, 5]]);
    const { attempts } = await listAttempts(database.db, UNRESTRICTED, id, { limit: 2, cursor: '3' });
    expect(attempts).toEqual((await everyAttempt(database.db, id)).slice(3));
    expect(attempts).toMatchObject([{ status: 'FAILED' }, { status: 'COMPLETED', result: resultOf(1) }]);
  });

  test('of 100 kB each end a page at about 1 MiB', async () => {
    const id = await replayedTask(database.db, Array(40).fill(resultOf(100_000)));
    const { numbers, largest } = await pagesOfAttempts(id);
    expect(numbers.flat()).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(numbers.map(({ length }) => length)).toEqual([11, 11, 11, 7]);
    expect(largest).toBeLessThan(MEBIBYTE + LAST_ITEM_BYTES);
  }, 30_000);

  test('larger than a page have one each', async () => {
    const id = await replayedTask(database.db, [resultOf(3 * MEBIBYTE), resultOf(2 * MEBIBYTE), null]);
    expect((await pagesOfAttempts(id)).numbers).toEqual([[1], [2], [3]]);
  });
});

describe('steps with checkpoints', () => {
  test('come in pages, each once and in order, across all attempts', async () => {
    const id = await checkpointed(5);
    expect((await pagesOfSteps(id, 2)).numbers).toEqual([[1, 2], [3, 4], [5]]);
    const { steps } = await listSteps(database.db, UNRESTRICTED, id, { cursor: '2' });
    expect(steps).toEqual((await everyStep(database.db, id)).slice(2));
    expect(steps.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
    // A page past the last step is empty, even if results exist.
    expect(await listSteps(database.db, UNRESTRICTED, id, { cursor: '5' })).toEqual({
      steps: [],
      next_cursor: null,
    });
  });

  test('of 100 kB each end a page at about 1 MiB', async () => {
    const id = await checkpointed(25, 100_000);
    const { numbers, largest } = await pagesOfSteps(id);
    expect(numbers.flat()).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(numbers.map(({ length }) => length)).toEqual([11, 11, 3]);
    expect(largest).toBeLessThan(MEBIBYTE + LAST_ITEM_BYTES);
  });
});

describe('steps read from results', () => {
  test('are numbered across all attempts, wherever a page begins', async () => {
    const results = [
      resultOf(1, 2, 3),
      null,
      { output: 'nothing done', steps: [] },
      resultOf(4),
      resultOf(5, 6),
    ];
    const id = await replayedTask(database.db, results);
    const all = await everyStep(database.db, id);
    expect(all.map(({ seq, attempt, output }) => [seq, attempt, output.length])).toEqual([
      [1, 1, 1],
      [2, 1, 2],
      [3, 1, 3],
      [4, 4, 4],
      [5, 5, 5],
      [6, 5, 6],
    ]);
    expect((await pagesOfSteps(id, 2)).numbers).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    for (let after = 1; after <= 6; after++) {
      const { steps } = await listSteps(database.db, UNRESTRICTED, id, { cursor: String(after) });
      expect(steps).toEqual(all.slice(after));
    }
  });

  test('of 100 kB each end a page at about 1 MiB, whether many attempts made them or one', async () => {
    const hundreds = Array<number>(15).fill(100_000);
    const id = await replayedTask(database.db, [
      ...hundreds.map((bytes) => resultOf(bytes)),
      resultOf(...hundreds),
    ]);
    const { numbers, largest } = await pagesOfSteps(id);
    expect(numbers.flat()).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(numbers.map(({ length }) => length)).toEqual([11, 11, 8]);
    expect(largest).toBeLessThan(MEBIBYTE + LAST_ITEM_BYTES);
  }, 30_000);
});

describe('an outline', () => {
  const outline = async (id: string, offset: number, limit: number) => {
    const found = await outlineHistory(database.db, UNRESTRICTED, id, { offset, limit });
    const entries = found?.entries.map((entry) =>
      entry.kind === 'attempt' ? `attempt ${entry.attempt.attempt}` : `step ${entry.seq}`,
    );
    return { total: found?.total, entries };
  };

  test('has each attempt followed by its steps, of either kind, and only those requested', async () => {
    const replayed = await replayedTask(database.db, [resultOf(1, 1), null, resultOf(1)]);
    const all = ['attempt 1', 'step 1', 'step 2', 'attempt 2', 'attempt 3', 'step 3'];
    expect(await outline(replayed, 0, 50)).toEqual({ total: 6, entries: all });
    expect(await outline(replayed, 2, 3)).toEqual({ total: 6, entries: all.slice(2, 5) });
    for (const offset of [6, 1e21])
      expect(await outline(replayed, offset, 3)).toEqual({ total: 6, entries: [] });
    const resumed = await checkpointed(3);
    const own = ['attempt 1', 'step 1', 'step 2', 'attempt 2', 'step 3'];
    expect(await outline(resumed, 1, 3)).toEqual({ total: 5, entries: own.slice(1, 4) });
  });

  test('contains no result, and is null for a caller that does not see the task', async () => {
    const id = await replayedTask(database.db, Array(5).fill(resultOf(100_000)), 'ada');
    const range = { offset: 0, limit: 50 };
    const found = await outlineHistory(database.db, UNRESTRICTED, id, range);
    expect(JSON.stringify(found).length).toBeLessThan(2_000);
    const bob = { sees: 'bob', owner: 'bob', max_open_tasks: null };
    expect(await outlineHistory(database.db, bob, id, range)).toBeNull();
    const nothing = { next_cursor: null };
    expect(await listAttempts(database.db, bob, id)).toEqual({ attempts: [], ...nothing });
    expect(await listSteps(database.db, bob, id)).toEqual({ steps: [], ...nothing });
    const ada = { ...bob, sees: 'ada', owner: 'ada' };
    expect((await listSteps(database.db, ada, id)).steps).toHaveLength(5);
  });
});
