import { beforeEach, describe, expect, test } from 'bun:test';
import { LANES, type Lane } from '@millrace/contracts';
import {
  claimDue,
  claimLastChance,
  complete,
  DueHorizon,
  EXECUTOR_LOST,
  fail,
  getTask,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';
import { FINAL, RESULT, RETRYABLE, taskActions } from './task-actions.ts';

const database = shared(createTestDatabase);
beforeEach(async () => {
  await database.db.sql`truncate tasks cascade`;
});
const { claimIt, takeOver, letTimePass } = taskActions(database);

function claimSome(limit: number, lanes: readonly [Lane, Lane, Lane] = LANES) {
  return claimDue(database.db, { executor: 'a', lease_ms: 60_000, limit, lanes });
}

describe('submit', () => {
  test('stores the request, PENDING and unclaimed', async () => {
    const input = newTask({ prompt: '计算 "1+1"\n\\ 🎡', priority: 0, metadata: { team: 'search' } });
    const task = await submit(database.db, input);
    expect(task).toMatchObject({
      id: input.id,
      prompt: input.prompt,
      status: 'PENDING',
      attempts: 0,
      result: null,
    });
    expect(await getTask(database.db, UNRESTRICTED, input.id)).toEqual(task);
  });

  test('one row that Postgres refuses does not fail its batch', async () => {
    const rows = [newTask(), newTask({ prompt: 'no \u0000 here' }), newTask({ priority: 10 }), newTask()];
    const outcomes = await Promise.allSettled(rows.map((row) => submit(database.db, row)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  });
});

describe('claim', () => {
  test('gives a task to one of many, counting the attempt', async () => {
    const { id } = await submit(database.db, newTask());
    const claims = await Promise.all(Array.from({ length: 50 }, (_, i) => claimIt(id, `executor-${i}`)));
    const won = claims.filter((claimed) => claimed !== null);
    expect(won).toHaveLength(1);
    expect(won[0]).toMatchObject({ id, prompt: 'calculate 1+1', attempts: 1, max_attempts: 3 });
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'RUNNING', attempts: 1 });
  });

  test('leaves a task alone before its run_at, and ignores an unknown one', async () => {
    const later = await submit(database.db, newTask({ run_at: '2999-01-01T00:00:00Z' }));
    expect(later.run_at).toBe('2999-01-01T00:00:00.000Z');
    expect(await claimIt(later.id)).toBeNull();
    expect(await claimIt(Bun.randomUUIDv7())).toBeNull();
  });

  test('takes over once the lease has ended, and not a moment before', async () => {
    const { id } = await submit(database.db, newTask());
    await claimIt(id, 'a');
    expect(await takeOver(id)).toBeUndefined();
    await letTimePass(id);
    // Left to the polls: a message that comes again takes over nothing.
    expect(await claimIt(id, 'b')).toBeNull();
    expect(await takeOver(id)).toMatchObject({ attempts: 2 });
  });
});

describe('claimDue', () => {
  test('leaves a new task to its message first, then takes it', async () => {
    const { id } = await submit(database.db, newTask());
    expect((await claimSome(5)).claimed).toEqual([]);
    await letTimePass(id);
    expect((await claimSome(5)).claimed).toMatchObject([{ id, attempts: 1 }]);
    expect((await claimSome(5)).claimed).toEqual([]);
  });

  test('searches the lanes in the given order and keeps to the limit', async () => {
    for (const priority of [1, 5, 9]) {
      for (let i = 0; i < 2; i++) await letTimePass((await submit(database.db, newTask({ priority }))).id);
    }
    const first = await claimSome(3);
    expect(first.claimed.map(({ priority }) => priority).sort()).toEqual([5, 9, 9]);
    const second = await claimSome(2, ['low', 'high', 'normal']);
    expect(second.claimed.map(({ priority }) => priority)).toEqual([1, 1]);
  });

  test('takes only what has been due for long enough if asked to, and what was lost at once', async () => {
    const [lost, long, lately] = [newTask(), newTask(), newTask()];
    for (const task of [lost, long, lately]) await submit(database.db, task);
    await claimIt(lost.id);
    await database.db.sql`
      update tasks set due_at = now() - case when id = ${long.id} then interval '2 minutes' else interval '1 second' end`;
    const take = async (overdue_ms: number) => {
      const lease = { executor: 'a', lease_ms: 60_000 };
      const { claimed } = await claimDue(database.db, { ...lease, limit: 5, lanes: LANES, overdue_ms });
      return claimed.map(({ id }) => id).sort();
    };
    expect(await take(60_000)).toEqual([lost.id, long.id].sort());
    expect(await take(0)).toEqual([lately.id]);
  });

  test.each([1, 2, 3])(
    'takes no task for lost that its caller runs, with %i attempts permitted',
    async (max_attempts) => {
      const { id } = await submit(database.db, newTask({ max_attempts }));
      await claimIt(id);
      await letTimePass(id);
      const lease = { executor: 'a', lease_ms: 60_000 };
      const horizon = new DueHorizon();
      const nothing = { claimed: [], exhausted: [] };
      const look = { ...lease, limit: 5, lanes: LANES, horizon, running: [id] };
      expect(await claimDue(database.db, look)).toEqual(nothing);
      expect(horizon.lastChanceIsDue).toBeFalse();
      expect(await claimLastChance(database.db, { ...lease, running: [id] })).toEqual(nothing);
      expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'RUNNING', attempts: 1 });
    },
  );

  test('concurrent calls share the work without overlap', async () => {
    const ids = await Promise.all(
      Array.from({ length: 100 }, async () => (await submit(database.db, newTask())).id),
    );
    await Promise.all(ids.map((id) => letTimePass(id)));
    const rounds = await Promise.all(Array.from({ length: 8 }, () => claimSome(20)));
    const claimed = rounds.flatMap((round) => round.claimed.map(({ id }) => id));
    expect(claimed).toHaveLength(new Set(claimed).size);
    const rest = await claimSome(100);
    expect([...claimed, ...rest.claimed.map(({ id }) => id)].sort()).toEqual(ids.sort());
  });

  test('ends a task whose last permitted attempt was lost', async () => {
    const { id } = await submit(database.db, newTask({ max_attempts: 1 }));
    await claimIt(id);
    await letTimePass(id);
    expect(await claimIt(id, 'b')).toBeNull();
    expect(await claimSome(5)).toEqual({
      claimed: [],
      exhausted: [expect.objectContaining({ id, attempts: 1 })],
    });
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({
      status: 'FAILED',
      error: EXECUTOR_LOST,
      attempts: 1,
    });
  });
});

describe('complete and fail', () => {
  test('write one outcome, for the attempt that owns the task', async () => {
    const { id } = await submit(database.db, newTask());
    await claimIt(id, 'a');
    await letTimePass(id);
    await takeOver(id);
    const zombie = { task_id: id, attempt: 1, result: { output: 'stale', steps: [] }, usage: null };
    expect(await complete(database.db, zombie)).toBe(false);
    expect(await fail(database.db, { task_id: id, attempt: 1, error: FINAL })).toBeNull();
    expect(await complete(database.db, { ...zombie, attempt: 2, result: RESULT })).toBe(true);
    expect(await complete(database.db, { ...zombie, attempt: 2 })).toBe(false);
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({
      status: 'COMPLETED',
      result: RESULT,
      error: null,
    });
  });

  test('a retryable failure waits for its backoff, then may be claimed again', async () => {
    const { id } = await submit(database.db, newTask({ max_attempts: 2 }));
    await claimIt(id);
    expect(await fail(database.db, { task_id: id, attempt: 1, error: RETRYABLE })).toBe('PENDING');
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({
      status: 'PENDING',
      error: RETRYABLE,
      finished_at: null,
    });
    await letTimePass(id);
    expect(await claimIt(id)).toMatchObject({ attempts: 2 });
    expect(await fail(database.db, { task_id: id, attempt: 2, error: RETRYABLE })).toBe('FAILED');
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({
      status: 'FAILED',
      attempts: 2,
      error: RETRYABLE,
    });
    await letTimePass(id);
    expect(await claimIt(id)).toBeNull();
  });

  test('a final failure ends the task at once', async () => {
    const { id } = await submit(database.db, newTask());
    await claimIt(id);
    expect(await fail(database.db, { task_id: id, attempt: 1, error: FINAL })).toBe('FAILED');
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({
      status: 'FAILED',
      error: FINAL,
      result: null,
    });
  });
});
