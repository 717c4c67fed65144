import { beforeEach, expect, test } from 'bun:test';
import { LANES, type Usage } from '@millrace/contracts';
import { cancel, checkpoint, claimDue, getTask, replay, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newStep } from './new-step.ts';
import { taskActions } from './task-actions.ts';

const database = shared(createTestDatabase);
beforeEach(async () => {
  await database.db.sql`truncate tasks cascade`;
});
const { claimIt, takeOver, running, endLease } = taskActions(database);

const turn = { input_tokens: 20, output_tokens: 5, cached_tokens: 10, cost_usd: 0.000_01 };
const twoTurns = { input_tokens: 40, output_tokens: 10, cached_tokens: 20, cost_usd: 0.000_02 };
const usageOf = async (id: string) => (await getTask(database.db, UNRESTRICTED, id))?.usage;
const storeRound = async (task_id: string, attempt: number, seq: number, usage: Usage = turn) => {
  await checkpoint(database.db, { task_id, attempt, step: newStep(seq, { usage }) });
  await checkpoint(database.db, { task_id, attempt, step: newStep(seq + 1, { tool_call_id: 'c' }) });
};

test('the cost of a cancelled task is known, over all attempts of the run', async () => {
  const id = await running();
  await storeRound(id, 1, 1);
  await endLease(id);
  await takeOver(id);
  await storeRound(id, 2, 3);
  const cancelled = await cancel(database.db, UNRESTRICTED, id);
  expect(cancelled?.task.usage).toEqual(twoTurns);
  await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
  await claimIt(id, 'c');
  await storeRound(id, 3, 5, { ...turn, cost_usd: null });
  await cancel(database.db, UNRESTRICTED, id);
  expect(await usageOf(id)).toEqual({ ...turn, cost_usd: null });
});

test('the cost of a task whose last attempt was lost is known', async () => {
  const id = await running({ max_attempts: 1 });
  await storeRound(id, 1, 1);
  await endLease(id);
  await claimDue(database.db, { executor: 'b', lease_ms: 60_000, limit: 1, lanes: LANES });
  expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'FAILED', usage: turn });
});

test('the cost of a task stays as it was if no turn was counted', async () => {
  const id = await running();
  await cancel(database.db, UNRESTRICTED, id);
  expect(await usageOf(id)).toBeNull();
});
