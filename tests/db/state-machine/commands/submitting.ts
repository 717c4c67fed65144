import { expect } from 'bun:test';
import { deleteExpiredKeys, submit, submitOnce, UNRESTRICTED } from '@millrace/db';
import fc from 'fast-check';
import { newTask } from '../../new-task.ts';
import { type Model, newModelTask } from '../model.ts';
import { record } from '../record.ts';
import { type Step, step, taskOf } from './step.ts';

const KEY_LIFETIME_MS = 24 * 3_600_000;

const fields = record({
  priority: fc.constantFrom(9, 5, 0),
  max_attempts: fc.integer({ min: 1, max: 4 }),
  delay_ms: fc.option(fc.constantFrom(0, 5_000), { freq: 3 }),
});

function isBound(model: Model, key: string): boolean {
  const bound = model.keys.get(key);
  return bound !== undefined && model.nowMs - bound.boundAtMs <= KEY_LIFETIME_MS;
}

const submitNew: fc.Arbitrary<Step> = fields.map((input) =>
  step(`submit(${fc.stringify(input)})`, async (model, { db }) => {
    const task = newTask(input);
    expect(await submit(db, task)).toMatchObject({ id: task.id, status: 'PENDING', attempts: 0 });
    model.tasks.push(newModelTask(model, task));
  }),
);

const submitWithKey: fc.Arbitrary<Step> = fc
  .tuple(fields, fc.constantFrom('k', 'l'), fc.constantFrom('same request', 'same request', 'other request'))
  .map(([input, key, requestHash]) =>
    step(`submitOnce(${key}, ${requestHash}, ${fc.stringify(input)})`, async (model, { db }) => {
      const task = newTask({ ...input, idempotency_key: key });
      const outcome = await submitOnce(db, UNRESTRICTED, { ...task, idempotency_key: key }, requestHash);
      const bound = model.keys.get(key);
      const isSame = bound?.requestHash === requestHash;
      if (!isBound(model, key) || (isSame && !taskOf(model, bound.taskId))) {
        expect(outcome).toMatchObject({ kind: 'created', task: { id: task.id, status: 'PENDING' } });
        model.tasks.push(newModelTask(model, task));
        model.keys.set(key, { requestHash, taskId: task.id, boundAtMs: model.nowMs });
      } else if (isSame) {
        expect(outcome).toMatchObject({ kind: 'repeated', task: { id: bound!.taskId } });
      } else {
        expect(outcome).toEqual({ kind: 'conflict', taskId: bound!.taskId });
      }
    }),
  );

const deleteKeys: fc.Arbitrary<Step> = fc.constant(
  step('deleteExpiredKeys()', async (model, { db }) => {
    const expired = [...model.keys.keys()].filter((key) => !isBound(model, key));
    expect(await deleteExpiredKeys(db, { limit: 1_000 })).toBe(expired.length);
    for (const key of expired) model.keys.delete(key);
  }),
);

export const submitting = fc.oneof(
  { weight: 5, arbitrary: submitNew },
  { weight: 3, arbitrary: submitWithKey },
  { weight: 1, arbitrary: deleteKeys },
);
