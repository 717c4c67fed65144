import { beforeEach, expect, test } from 'bun:test';
import { checkpoint, claim, complete, submit } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newStep } from './new-step.ts';
import { newTask } from './new-task.ts';
import { resultOf } from './task-histories.ts';

const COUNT = 9;
/** Four of them fill a statement, so that many answers at once, as after an outage, stay below what Postgres accepts. */
const LENGTH = 4 * 1024 * 1024;
const TEXT = 'x'.repeat(LENGTH);

const database = shared(createTestDatabase);
let attempts: { task_id: string; attempt: number }[];
beforeEach(async () => {
  const { db } = database;
  const tasks = await Promise.all(Array.from({ length: COUNT }, () => submit(db, newTask())));
  await Promise.all(tasks.map(({ id }) => claim(db, { task_id: id, executor: 'a', lease_ms: 60_000 })));
  attempts = tasks.map(({ id }) => ({ task_id: id, attempt: 1 }));
});

/** How many calls shared each statement. */
const parts: number[] = [];
const observed = () => ({
  ...database.db,
  observer: { onBatch: (_verb: string, size: number) => parts.push(size) },
});

test.each([
  ['answers', { output: TEXT, steps: [] }],
  ['outputs of tools', { ...resultOf(LENGTH / 2, LENGTH / 2), output: '' }],
])('results with large %s are stored in parts', async (_, result) => {
  const db = observed();
  const written = attempts.map((attempt) => complete(db, { ...attempt, result, usage: null }));
  expect(await Promise.all(written)).toEqual(Array(COUNT).fill(true));
  expect(parts.splice(0)).toEqual([4, 4, 1]);
});

test('large steps are stored in parts', async () => {
  const db = observed();
  const step = newStep(1, { output: TEXT });
  const written = await Promise.all(attempts.map((attempt) => checkpoint(db, { ...attempt, step })));
  expect(written).not.toContain(null);
  expect(parts.splice(0)).toEqual([4, 4, 1]);
});
