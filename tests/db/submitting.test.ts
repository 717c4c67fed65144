import { beforeEach, describe, expect, test } from 'bun:test';
import {
  claim,
  complete,
  deleteExpiredKeys,
  getTask,
  submit,
  submitAll,
  submitFor,
  submitOnce,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { newTask } from './new-task.ts';

const database = shared(() => createTestDatabase(10));
beforeEach(async () => {
  await database.db.sql`truncate tasks, idempotency_keys cascade`;
});

describe('idempotency keys', () => {
  const once = (key: string, hash: string) =>
    submitOnce(database.db, UNRESTRICTED, { ...newTask(), idempotency_key: key }, hash);

  test('of many concurrent requests one creates the task, and all get it', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => once('k', 'h')));
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'repeated')).toHaveLength(19);
    expect(new Set(outcomes.map((outcome) => 'task' in outcome && outcome.task.id)).size).toBe(1);
    const [count] = await database.db.sql`select count(*)::int as tasks from tasks`;
    expect(count!.tasks).toBe(1);
  });

  test('another request under the same key is refused; another key is not', async () => {
    const first = await once('k', 'h');
    expect(await once('k', 'other')).toEqual({
      kind: 'conflict',
      taskId: 'task' in first ? first.task.id : '',
    });
    expect((await once('k2', 'other')).kind).toBe('created');
  });

  test('a key binds for a day', async () => {
    await once('k', 'h');
    await database.db.sql`update idempotency_keys set created_at = now() - interval '25 hours'`;
    expect((await once('k', 'other')).kind).toBe('created');
    expect(await deleteExpiredKeys(database.db, { limit: 10 })).toBe(0);
    await database.db.sql`update idempotency_keys set created_at = now() - interval '25 hours'`;
    expect(await deleteExpiredKeys(database.db, { limit: 10 })).toBe(1);
  });

  test('expired keys are deleted in batches, the oldest first', async () => {
    for (const key of ['k1', 'k2', 'k3', 'k4']) await once(key, 'h');
    await database.db.sql`
      update idempotency_keys set created_at = now() - interval '30 hours' + make_interval(hours => right(key, 1)::integer)
      where key <> 'k4'`;
    const keys = async () => {
      const rows = await database.db.sql`select key from idempotency_keys order by key`;
      return rows.map(({ key }) => key);
    };
    expect(await deleteExpiredKeys(database.db, { limit: 2 })).toBe(2);
    expect(await keys()).toEqual(['k3', 'k4']);
    expect(await deleteExpiredKeys(database.db, { limit: 2 })).toBe(1);
    expect(await keys()).toEqual(['k4']);
  });

  test('the key of a deleted task is free again', async () => {
    await once('k', 'h');
    await database.db.sql`delete from tasks`;
    expect((await once('k', 'h')).kind).toBe('created');
    expect((await once('k', 'h')).kind).toBe('repeated');
  });
});

test('a batch is stored whole or not at all', async () => {
  const good = Array.from({ length: 1000 }, () => newTask());
  expect((await submitAll(database.db, UNRESTRICTED, good))!.map(({ id }) => id)).toEqual(
    good.map(({ id }) => id),
  );
  const bad = [newTask(), newTask({ priority: 10 })];
  await expect(submitAll(database.db, UNRESTRICTED, bad)).rejects.toThrow();
  expect(await getTask(database.db, UNRESTRICTED, bad[0]!.id)).toBeNull();
});

test('any text is stored and claimed verbatim', async () => {
  const texts = [
    '"',
    '\\',
    '\\"',
    'a\nb\tc',
    '\\n',
    '{x,y}',
    '{}',
    'NULL',
    'null',
    '',
    ' ',
    ',',
    "'",
    '\u2028',
    '😀',
    '计算 1+1',
  ];
  const inputs = texts.map((text) =>
    newTask({
      prompt: text,
      model: text,
      owner: text,
      idempotency_key: text,
      metadata: { [text]: text },
      system: text,
      tools: [text],
      temperature: 0,
      max_output_tokens: 1,
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { z: text, a: [text] } } },
    }),
  );
  await submitAll(database.db, UNRESTRICTED, inputs);
  for (const input of inputs) {
    const { delay_ms, run_at, ...sent } = input;
    const stored = await getTask(database.db, UNRESTRICTED, input.id);
    expect(stored).toMatchObject(sent);
    expect(JSON.stringify(stored!.response_format)).toBe(JSON.stringify(sent.response_format));
  }
  const claims = await Promise.all(
    inputs.map(({ id }) => claim(database.db, { task_id: id, executor: 'a', lease_ms: 60_000 })),
  );
  for (const [index, { prompt, model, system, tools, temperature, response_format }] of inputs.entries()) {
    expect(claims[index]).toMatchObject({ prompt, model, system, tools, temperature, response_format });
  }
});

test('a task that already exists, or that Postgres refuses, does not fail its batch', async () => {
  const known = await submit(database.db, newTask({ prompt: 'known' }));
  const inputs = [
    newTask(),
    newTask({ id: known.id, prompt: 'another' }),
    newTask({ priority: 10 }),
    newTask({ prompt: 'no \u0000 here' }),
    newTask(),
  ];
  const outcomes = await Promise.allSettled(inputs.map((input) => submit(database.db, input)));
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  expect(outcomes[1]).toMatchObject({ value: { prompt: 'known', created_at: known.created_at } });
});

test("a delay is measured by Postgres's clock", async () => {
  const task = await submit(database.db, newTask({ delay_ms: 3_600_000 }));
  expect(Date.parse(task.run_at) - Date.parse(task.created_at)).toBe(3_600_000);
  expect(await claim(database.db, { task_id: task.id, executor: 'a', lease_ms: 60_000 })).toBeNull();
});
describe('twice in one batch', () => {
  test('the first submission of an id is stored, and both get it', async () => {
    const task = newTask({ prompt: 'first' });
    const answers = await Promise.all(
      [task, { ...task, prompt: 'second' }].map((input) => submit(database.db, input)),
    );
    expect(answers.map(({ prompt }) => prompt)).toEqual(['first', 'first']);
    expect((await getTask(database.db, UNRESTRICTED, task.id))?.prompt).toBe('first');
  });

  test('the first claim gets the task', async () => {
    const { id } = await submit(database.db, newTask());
    const claims = await Promise.all(
      ['a', 'b'].map((executor) => claim(database.db, { task_id: id, executor, lease_ms: 60_000 })),
    );
    expect(claims.map((task) => task?.id)).toEqual([id, undefined]);
    const [row] = await database.db.sql`select executor from tasks where id = ${id}`;
    expect(row?.executor).toBe('a');
  });

  test('the first completion of an attempt is stored', async () => {
    const { id } = await submit(database.db, newTask());
    await claim(database.db, { task_id: id, executor: 'a', lease_ms: 60_000 });
    const written = await Promise.all(
      ['first', 'second'].map((output) =>
        complete(database.db, { task_id: id, attempt: 1, result: { output, steps: [] }, usage: null }),
      ),
    );
    expect(written).toEqual([true, false]);
    expect((await getTask(database.db, UNRESTRICTED, id))?.result?.output).toBe('first');
  });
});

test('keys of one owner that submit at once each have their own limit', async () => {
  const owner = 'ada';
  const submitWith = (max_open_tasks: number) =>
    submitFor(database.db, { sees: owner, owner, max_open_tasks }, newTask({ owner }));
  const tasks = await Promise.all([1, 3, 1, 9, 3, 2].map(submitWith));
  expect(tasks.map(Boolean)).toEqual([true, true, false, true, false, false]);
});

test('two pools may submit the same tasks in opposite orders', async () => {
  await using pools = new AsyncDisposableStack();
  const open = () => {
    const db = openPool(database.url, 2);
    pools.defer(() => db.close());
    return db;
  };
  const [one, other] = [open(), open()];
  for (let round = 0; round < 20; round++) {
    const tasks = Array.from({ length: 200 }, () => newTask());
    await Promise.all([
      ...tasks.map((task) => submit(one, task)),
      ...tasks.toReversed().map((task) => submit(other, task)),
    ]);
  }
  const [count] = await database.db.sql`select count(*)::int as tasks from tasks`;
  expect(count!.tasks).toBe(4_000);
}, 30_000);
