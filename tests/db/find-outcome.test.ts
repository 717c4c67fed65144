import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  cancel,
  claim,
  complete,
  fail,
  findOutcome,
  release,
  replay,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

async function running() {
  const { id } = await submit(database.db, newTask());
  await claimAs('a', id);
  return id;
}
function claimAs(executor: string, task_id: string) {
  return claim(database.db, { task_id, executor, lease_ms: 60_000 });
}
function letTimePass(id: string) {
  return database.db
    .sql`update tasks set due_at = due_at - interval '1 hour', run_at = run_at - interval '1 hour' where id = ${id}`;
}
function failAs(task_id: string, attempt: number, retryable: boolean) {
  return fail(database.db, { task_id, attempt, error: { code: 'x', message: 'x', retryable } });
}
function outcomeOf(task_id: string, attempt: number) {
  return complete(database.db, { task_id, attempt, result: { output: '2', steps: [] }, usage: null });
}

describe('the outcome that an attempt wrote is found', () => {
  const made = (id: string, attempt = 1) => findOutcome(database.db, { task_id: id, attempt });

  test('as COMPLETED, after a replay too', async () => {
    const id = await running();
    expect(await made(id)).toBeNull();
    await outcomeOf(id, 1);
    expect(await made(id)).toBe('COMPLETED');
    expect(await made(id, 2)).toBeNull();
    await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
    expect(await made(id)).toBe('COMPLETED');
  });

  test('as FAILED, or as PENDING if it is retried', async () => {
    const last = await running();
    await failAs(last, 1, false);
    expect(await made(last)).toBe('FAILED');
    const again = await running();
    await failAs(again, 1, true);
    expect(await made(again)).toBe('PENDING');
    await letTimePass(again);
    await claimAs('b', again);
    await failAs(again, 2, false);
    expect(await made(again)).toBe('PENDING');
    expect(await made(again, 2)).toBe('FAILED');
  });

  test('as PENDING where it was handed back', async () => {
    const id = await running();
    await release(database.db, { task_id: id, attempt: 1 });
    expect(await made(id)).toBe('PENDING');
  });

  test('and is null if others have ended the task or taken it', async () => {
    const cancelled = await running();
    await cancel(database.db, UNRESTRICTED, cancelled);
    expect(await made(cancelled)).toBeNull();
    const lost = await running();
    await letTimePass(lost);
    await claimAs('b', lost);
    expect(await made(lost)).toBeNull();
    await outcomeOf(lost, 2);
    expect(await made(lost)).toBeNull();
    expect(await made(Bun.randomUUIDv7())).toBeNull();
  });
});
