import { beforeEach, describe, expect, test } from 'bun:test';
import type { TaskError } from '@millrace/contracts';
import { cancel, fail, getTask, replay, replayTask, submit, UNRESTRICTED } from '@millrace/db';
import { openTransaction } from '../open-transaction.ts';
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
const { claimIt, running, completeIt, history } = taskActions(database);

describe('replay', () => {
  test('runs a failed task again, keeping its earlier attempts and its history', async () => {
    const id = await running({ max_attempts: 1 });
    const usage = { input_tokens: 1, output_tokens: 1, cached_tokens: 0, cost_usd: null };
    await fail(database.db, { task_id: id, attempt: 1, error: RETRYABLE, usage });
    expect(await replay(database.db, UNRESTRICTED, { ids: [id] }, 10)).toEqual([{ id, priority: 5 }]);
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({
      status: 'PENDING',
      error: null,
      usage: null,
      started_at: null,
      finished_at: null,
    });
    expect(await replay(database.db, UNRESTRICTED, { ids: [id] }, 10)).toEqual([]);
    expect(await claimIt(id, 'b')).toMatchObject({ attempts: 2 });
    expect(await completeIt(id, 1)).toBe(false);
    expect(await completeIt(id, 2)).toBe(true);
    expect((await history(id)).map(([, status]) => status)).toEqual(['FAILED', 'COMPLETED']);
  });

  test('keeps the previous result of a completed task', async () => {
    const id = await running();
    await completeIt(id, 1);
    await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
    expect((await everyAttempt(database.db, id))[0]).toMatchObject({
      status: 'COMPLETED',
      result: RESULT,
    });
  });

  test('of one task waits for a moment while someone else holds its row', async () => {
    const { db } = database;
    const id = await running();
    await fail(db, { task_id: id, attempt: 1, error: FINAL });
    await using held = await openTransaction(db, (sql) => sql`select from tasks where id = ${id} for update`);
    const replayed = replayTask(db, UNRESTRICTED, id);
    // By the time this has skipped the row, so has the first try of the other.
    expect(await replay(db, UNRESTRICTED, { ids: [id] }, 1)).toEqual([]);
    await held[Symbol.asyncDispose]();
    expect(await replayed).toMatchObject({ changed: true, task: { status: 'PENDING' } });
  });

  test('takes the tasks the filter matches, at most as many as allowed', async () => {
    const make = async (model: string, error: TaskError) => {
      const id = await running({ model });
      await fail(database.db, { task_id: id, attempt: 1, error });
      return id;
    };
    const wanted = [await make('m', FINAL), await make('m', FINAL)];
    await make('n', FINAL);
    await make('m', { ...FINAL, code: 'other' });
    const { id: cancelled } = await submit(database.db, newTask({ model: 'm' }));
    await cancel(database.db, UNRESTRICTED, cancelled);
    const filter = { status: 'FAILED' as const, model: 'm', error_code: FINAL.code };
    expect((await replay(database.db, UNRESTRICTED, filter, 1))!.map(({ id }) => id)).toEqual([wanted[0]!]);
    expect((await replay(database.db, UNRESTRICTED, filter, 10))!.map(({ id }) => id)).toEqual([wanted[1]!]);
    expect(await replay(database.db, UNRESTRICTED, { created_after: '2999-01-01T00:00:00Z' }, 10)).toEqual(
      [],
    );
    expect(
      (await replay(database.db, UNRESTRICTED, { status: 'CANCELLED' }, 10))!.map(({ id }) => id),
    ).toEqual([cancelled]);
  });

  test('of an owner with a limit finds its tasks before it blocks others from submitting', async () => {
    const { db } = database;
    const owner = 'a';
    const failed = async () => {
      const id = await running({ owner });
      await fail(db, { task_id: id, attempt: 1, error: FINAL });
      return id;
    };
    const [found, cancelled] = [await failed(), await failed()];
    const limited = { sees: owner, owner, max_open_tasks: 5 };
    await using submitting = await openTransaction(
      db,
      (sql) => sql`select pg_advisory_xact_lock(hashtextextended(${`open_tasks/${owner}`}, 0))`,
    );
    const replayed = replay(db, limited, { status: 'FAILED' }, 10);
    await eventually('it waits for the others', async () => {
      const waiting = await db.sql`
        select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
      return waiting.length > 0;
    });
    // It has selected its tasks by now: this one comes too late, and that one is gone.
    await failed();
    await db.sql`update tasks set status = 'CANCELLED' where id = ${cancelled}`;
    await submitting[Symbol.asyncDispose]();
    expect(await replayed).toEqual([{ id: found, priority: 5 }]);
    expect(await replay(db, { ...limited, max_open_tasks: 1 }, { status: 'FAILED' }, 10)).toBeNull();
  });
});
