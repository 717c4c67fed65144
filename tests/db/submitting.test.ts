import { beforeEach, describe, expect, test } from 'bun:test';
import {
  claim,
  complete,
  deleteExpiredKeys,
  fail,
  getTask,
  isDatabaseUnavailable,
  release,
  submit,
  submitAll,
  submitFor,
  submitOnce,
  UNRESTRICTED,
} from '@millrace/db';
import { openTransaction } from '../open-transaction.ts';
import { shared } from '../shared.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { within } from '../waiting.ts';
import { newTask } from './new-task.ts';

const database = shared(() => createTestDatabase(10));
beforeEach(async () => {
  await database.db.sql`truncate tasks, idempotency_keys cascade`;
});

describe('idempotency keys', () => {
  const once = (key: string, hash: string) =>
    submitOnce(database.db, UNRESTRICTED, { ...newTask(), idempotency_key: key }, hash);

  test.each(['of many', 'once its task was deleted, of many'])(
    '%s concurrent requests one creates the task, and all get it',
    async (when) => {
      if (when !== 'of many') await once('k', 'h');
      await database.db.sql`delete from tasks`;
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => once('k', 'h')));
      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'repeated')).toHaveLength(19);
      expect(new Set(outcomes.map((outcome) => 'task' in outcome && outcome.task.id)).size).toBe(1);
      const [count] = await database.db.sql`select count(*)::int as tasks from tasks`;
      expect(count!.tasks).toBe(1);
    },
  );

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

  test('deleting expired keys gives way to who uses one again, before Postgres looks for a deadlock', async () => {
    for (const key of ['k1', 'k2']) await once(key, 'h');
    await database.db.sql`update idempotency_keys set created_at = now() - interval '25 hours'`;
    await database.db.sql.begin(async (transaction) => {
      const use = (key: string) =>
        transaction`update idempotency_keys set created_at = now() where key = ${key}`;
      await use('k2');
      const deleting = deleteExpiredKeys(database.db, { limit: 10 });
      await expect(within('the deletion ends', 900, deleting)).rejects.toMatchObject({ code: '55P03' });
      await use('k1');
    });
    expect(await deleteExpiredKeys(database.db, { limit: 10 })).toBe(0);
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

test("a delay is measured by Postgres's clock", async () => {
  const task = await submit(database.db, newTask({ delay_ms: 3_600_000 }));
  expect(Date.parse(task.run_at) - Date.parse(task.created_at)).toBe(3_600_000);
  expect(await claim(database.db, { task_id: task.id, executor: 'a', lease_ms: 60_000 })).toBeNull();
});
describe('twice in one batch', () => {
  test('the first claim gets the task', async () => {
    const { id } = await submit(database.db, newTask());
    const claims = await Promise.all(
      ['a', 'b'].map((executor) => claim(database.db, { task_id: id, executor, lease_ms: 60_000 })),
    );
    expect(claims.map((task) => task?.id)).toEqual([id, undefined]);
    const [row] = await database.db.sql`select executor from tasks where id = ${id}`;
    expect(row?.executor).toBe('a');
  });

  test('the first failure of an attempt is stored, and the first release', async () => {
    const [failed, released] = await Promise.all([
      submit(database.db, newTask()),
      submit(database.db, newTask()),
    ]);
    for (const { id } of [failed, released])
      await claim(database.db, { task_id: id, executor: 'a', lease_ms: 60_000 });
    const error = { code: 'first', message: '', retryable: false };
    const failures = ['first', 'second'].map((code) =>
      fail(database.db, { task_id: failed.id, attempt: 1, error: { ...error, code } }),
    );
    expect(await Promise.all(failures)).toEqual(['FAILED', null]);
    expect((await getTask(database.db, UNRESTRICTED, failed.id))?.error?.code).toBe('first');
    const releases = [1, 2].map(() => release(database.db, { task_id: released.id, attempt: 1 }));
    expect(await Promise.all(releases)).toEqual([true, false]);
    const recorded = await database.db.sql`select outcome from task_attempts order by outcome`;
    expect(recorded.map(({ outcome }) => outcome)).toEqual(['FAILED', 'RELEASED']);
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
  // Three are open.
  expect(await Promise.all([1, 3, 1, 3, 2].map(submitWith))).toEqual([null, null, null, null, null]);
});

test('a submission does not wait for as long as another of its owner is frozen', async () => {
  await using _frozen = await openTransaction(
    database.db,
    (sql) => sql`select pg_advisory_xact_lock(hashtextextended('open_tasks/ada', 0))`,
  );
  const caller = { sees: 'ada', owner: 'ada', max_open_tasks: 1 };
  const submitted = submitFor(database.db, caller, newTask({ owner: 'ada' }));
  const refusal = await within(
    'it is refused',
    10_000,
    submitted.catch((error: unknown) => error),
  );
  expect(refusal).toSatisfy(isDatabaseUnavailable);
}, 15_000);

test('an owner stays within its limit, whatever isolation is the default of the database', async () => {
  await using own = await createTestDatabase();
  const { sql } = own.db;
  const name = sql(new URL(own.url).pathname.slice(1));
  await sql`alter database ${name} set default_transaction_isolation = 'repeatable read'`;
  await using db = openPool(own.url, 8);
  const caller = { sees: 'ann', owner: 'ann', max_open_tasks: 2 };
  const submitKeyed = (idempotency_key: string) =>
    submitOnce(db, caller, { ...newTask({ owner: 'ann' }), idempotency_key }, 'hash');
  const outcomes = await Promise.all(Array.from({ length: 16 }, (_, index) => submitKeyed(`${index}`)));
  expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(2);
});
