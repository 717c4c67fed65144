import { describe, expect, test } from 'bun:test';
import { cancel, fail, findOutcome, release, replay, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { taskActions } from './task-actions.ts';

const database = shared(createTestDatabase);
const { claimIt, takeOver, running, completeIt, letTimePass } = taskActions(database);

function failAs(task_id: string, attempt: number, retryable: boolean) {
  return fail(database.db, { task_id, attempt, error: { code: 'x', message: 'x', retryable } });
}

describe('the outcome that an attempt wrote is found', () => {
  const made = (id: string, attempt = 1) => findOutcome(database.db, { task_id: id, attempt });

  test('as COMPLETED, after a replay too', async () => {
    const id = await running();
    expect(await made(id)).toBeNull();
    await completeIt(id, 1);
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
    await claimIt(again, 'b');
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
    await takeOver(lost);
    expect(await made(lost)).toBeNull();
    await completeIt(lost, 2);
    expect(await made(lost)).toBeNull();
    expect(await made(Bun.randomUUIDv7())).toBeNull();
  });
});
