import { expect } from 'bun:test';
import { deleteExpiredKeys, submit, submitBatchOnce, submitOnce, UNRESTRICTED } from '@millrace/db';
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

const BATCH = 'batch';

const submitBatchWithKey: fc.Arbitrary<Step> = fc
  .tuple(fields, fc.subarray([0, 1, 2], { minLength: 1 }), fc.constantFrom('same', 'same', 'same', 'other'))
  .map(([input, positions, requestHash]) =>
    step(`submitBatchOnce(${positions}, ${requestHash}, ${fc.stringify(input)})`, async (model, { db }) => {
      const tasks = new Map(positions.map((position) => [position, newTask(input)]));
      const batch = { key: BATCH, requestHash, tasks, atomic: false };
      const outcome = await submitBatchOnce(db, UNRESTRICTED, batch);
      const keyAt = (position: number) => `${BATCH}/${position}`;
      const bound = [BATCH, ...positions.map(keyAt)].filter((key) => isBound(model, key));
      if (bound.some((key) => model.keys.get(key)!.requestHash !== requestHash)) {
        expect(outcome.kind).toBe('conflict');
        return;
      }
      const earlierId = (position: number) => {
        const id = isBound(model, keyAt(position)) && model.keys.get(keyAt(position))!.taskId;
        return id && taskOf(model, id)?.id;
      };
      const ids = positions.map((position) => [position, earlierId(position) || tasks.get(position)!.id]);
      const added = positions.filter((position) => !earlierId(position));
      expect(outcome).toMatchObject({
        kind: 'stored',
        added: added.map((at) => ({ id: tasks.get(at)!.id })),
      });
      const stored = outcome.kind === 'stored' ? outcome.tasks : new Map();
      expect([...stored].map(([position, { id }]) => [position, id]).sort()).toEqual(ids);
      for (const position of added) {
        const task = tasks.get(position)!;
        model.tasks.push(newModelTask(model, task));
        const binding = { requestHash, taskId: task.id, boundAtMs: model.nowMs };
        model.keys.set(keyAt(position), binding).set(BATCH, binding);
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
  { weight: 3, arbitrary: submitBatchWithKey },
  { weight: 1, arbitrary: deleteKeys },
);
