import { describe, expect, test } from 'bun:test';
import {
  checkpoint,
  countFailures,
  fail,
  findTaskIds,
  newTaskId,
  peekTask,
  peekTasks,
  readOutput,
  readStates,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newStep } from './new-step.ts';
import { newTask } from './new-task.ts';
import { taskActions } from './task-actions.ts';

const database = shared(createTestDatabase);
const { running, completeIt } = taskActions(database);

async function failed(code: string, model: string): Promise<string> {
  const task_id = await running({ prompt: 'sing', model });
  const error = { code, message: `${code} of ${task_id}`, retryable: false };
  await fail(database.db, { task_id, attempt: 1, error });
  return task_id;
}

describe('a peek', () => {
  test('has the beginning of a long prompt and its full length in characters', async () => {
    const { id } = await submit(database.db, newTask({ prompt: '😀'.repeat(3_000) }));
    const peek = await peekTask(database.db, UNRESTRICTED, id);
    expect(peek).toMatchObject({
      id,
      status: 'PENDING',
      prompt_length: 3_000,
      prompt_head: '😀'.repeat(2_000),
    });
    expect(peek!.updated_at).toBe(peek!.created_at);
  });

  test('shows when the status changed', async () => {
    const task_id = await running();
    expect((await peekTask(database.db, UNRESTRICTED, task_id))!.updated_at).not.toBe('');
    await completeIt(task_id, 1);
    const peek = (await peekTask(database.db, UNRESTRICTED, task_id))!;
    expect(peek.updated_at).toBe(peek.finished_at!);
  });

  test('of an unknown task is null', async () => {
    expect(await peekTask(database.db, UNRESTRICTED, newTaskId())).toBeNull();
  });

  test('at a list continues after its cursor', async () => {
    const model = 'listed';
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await submit(database.db, newTask({ model }))).id);
    const first = await peekTasks(database.db, UNRESTRICTED, { model, limit: 2 });
    expect(first.tasks.map(({ id }) => id)).toEqual([ids[2]!, ids[1]!]);
    const rest = await peekTasks(database.db, UNRESTRICTED, { model, limit: 2, cursor: first.next_cursor! });
    expect([rest.tasks.map(({ id }) => id), rest.next_cursor]).toEqual([[ids[0]!], null]);
  });
});

test('an output is read in parts that never split a character', async () => {
  const task_id = await running();
  expect(await readOutput(database.db, UNRESTRICTED, task_id, { offset: 0, length: 10 })).toEqual({
    status: 'RUNNING',
    error: null,
    text: null,
    length: null,
  });
  await completeIt(task_id, 1, 'a😀b😀c');
  const read = (offset: number) => readOutput(database.db, UNRESTRICTED, task_id, { offset, length: 2 });
  expect((await Promise.all([read(0), read(2), read(4), read(6)])).map((part) => part!.text)).toEqual([
    'a😀',
    'b😀',
    'c',
    '',
  ]);
  expect((await read(0))!.length).toBe(5);
  expect(await readOutput(database.db, UNRESTRICTED, newTaskId(), { offset: 0, length: 2 })).toBeNull();
});

test('the state changes with status, attempt and step; unknown tasks have none', async () => {
  const task_id = await running();
  const [before, unknown] = await readStates(
    database.db,
    [task_id, newTaskId()].map((id) => ({ id, caller: UNRESTRICTED })),
  );
  expect(before).toEqual({ id: task_id, status: 'RUNNING', attempts: 1, max_attempts: 3, steps: 0 });
  expect(unknown).toBeNull();
  await checkpoint(database.db, { task_id, attempt: 1, step: newStep(1) });
  expect(await readStates(database.db, [{ id: task_id, caller: UNRESTRICTED }])).toEqual([
    { ...before!, steps: 1 },
  ]);
  expect(await readStates(database.db, [])).toEqual([]);
});

test('ids are found by prefix, newest first, with or without a status', async () => {
  const older = await failed('broken', 'builtin');
  const newer = (await submit(database.db, newTask())).id;
  const find = (prefix: string, status?: 'FAILED' | 'CANCELLED') =>
    findTaskIds(database.db, UNRESTRICTED, { prefix, limit: 100, ...(status && { status }) });
  const all = await find('');
  expect(all.indexOf(newer)).toBeLessThan(all.indexOf(older));
  expect(await find(older)).toEqual([older]);
  expect(await find(older.slice(0, 20).toUpperCase())).toContain(older);
  expect(await find(newer, 'FAILED')).toEqual([]);
  expect(await find(older, 'FAILED')).toEqual([older]);
  expect(await find(older, 'CANCELLED')).toEqual([]);
  for (const wrong of ["'", 'g', '0-', '-', `${older}0`]) expect(await find(wrong)).toEqual([]);
  expect(await findTaskIds(database.db, UNRESTRICTED, { prefix: '', limit: 1 })).toEqual([newer]);
});

test('failures are counted by code and model, within a number of hours', async () => {
  await failed('broken', 'counted');
  const last = await failed('broken', 'counted');
  const other = await failed('refused', 'counted');
  const old = await failed('ancient', 'counted');
  await database.db.sql`update tasks set finished_at = now() - interval '25 hours' where id = ${old}`;
  const groups = await countFailures(database.db, UNRESTRICTED, { hours: 24, model: 'counted', limit: 10 });
  expect(groups).toEqual([
    {
      code: 'broken',
      model: 'counted',
      count: 2,
      latest_task_id: last,
      latest_message: `broken of ${last}`,
      latest_finished_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    },
    expect.objectContaining({ code: 'refused', count: 1, latest_task_id: other }),
  ]);
  expect(
    await countFailures(database.db, UNRESTRICTED, { hours: 24, model: 'counted', limit: 1 }),
  ).toHaveLength(1);
});
