import { expect, test } from 'bun:test';
import { type Task, TaskStepList } from '@millrace/contracts';
import { checkpoint, claim, complete, replay, UNRESTRICTED } from '@millrace/db';
import { newStep } from '../db/new-step.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { bodyOf, createGateway } from './gateway.ts';

const database = shared(createTestDatabase);
const gateway = shared(() => createGateway(database.db));

async function pending(): Promise<string> {
  const response = await gateway.send('POST', '/tasks', { prompt: 'x' });
  return ((await response.json()) as Task).id;
}
function claimIt(task_id: string) {
  return claim(database.db, { task_id, executor: 'a', lease_ms: 60_000 });
}
async function stepsOf(id: string) {
  const response = await gateway.send('GET', `/tasks/${id}/steps`);
  expect(response.status).toBe(200);
  return bodyOf(TaskStepList, response);
}

test('GET /tasks/:id/steps shows what was done, while running and after a replay', async () => {
  const id = await pending();
  expect(await stepsOf(id)).toEqual({ task_id: id, steps: [], next_cursor: null });
  await claimIt(id);
  const turn = await checkpoint(database.db, { task_id: id, attempt: 1, step: newStep(1) });
  expect((await stepsOf(id)).steps).toEqual([turn!]);
  const refusal = { code: 'division_by_zero', message: 'Division by zero.' };
  const step = newStep(2, { tool_call_id: 'call-1', output: '', error: refusal });
  const call = await checkpoint(database.db, { task_id: id, attempt: 1, step });
  expect(await stepsOf(id.toUpperCase())).toEqual({ task_id: id, steps: [turn!, call!], next_cursor: null });

  await complete(database.db, { task_id: id, attempt: 1, result: { output: '2', steps: [] }, usage: null });
  await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
  await claimIt(id);
  const again = await checkpoint(database.db, { task_id: id, attempt: 2, step: newStep(3) });
  expect((await stepsOf(id)).steps).toEqual([turn!, call!, again!]);
});

test('the steps of a model without checkpoints are read from its result', async () => {
  const id = await pending();
  await claimIt(id);
  const done = { kind: 'tool' as const, name: 'calculator', arguments: { expression: '1+1' }, output: '2' };
  await complete(database.db, {
    task_id: id,
    attempt: 1,
    result: { output: '2', steps: [done] },
    usage: null,
  });
  expect((await stepsOf(id)).steps).toMatchObject([{ seq: 1, attempt: 1, ...done, usage: null }]);
});
