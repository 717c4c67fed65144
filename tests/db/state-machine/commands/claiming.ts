import { expect } from 'bun:test';
import { claim, claimDue, claimLastChance, type DueTasks } from '@millrace/db';
import fc from 'fast-check';
import { isStranded, LANE_ORDERS, type Model, type ModelTask, mayTake, rescuable, take } from '../model.ts';
import { asClaimed, executor, idAt, leaseMs, pick, type Step, step, taskOf } from './step.ts';

const claimByMessage: fc.Arbitrary<Step> = fc.tuple(pick, executor, leaseMs).map(([index, who, lease_ms]) =>
  step(`claim(task ${index}, ${who}, ${lease_ms} ms)`, async (model, { db }) => {
    const task_id = idAt(model, index);
    const claimed = await claim(db, { task_id, executor: who, lease_ms });
    const task = taskOf(model, task_id);
    if (task && mayTake(task, 'message', model.nowMs)) {
      take(task, who, lease_ms, model.nowMs);
      expect(claimed).toEqual(asClaimed(task));
    } else {
      expect(claimed).toBeNull();
    }
  }),
);

/** Checks the answer against the tasks that should have been claimed, and claims them in the model. */
function expectTaken(answer: DueTasks, model: Model, taken: ModelTask[], who: string, lease_ms: number) {
  const claimed = taken.filter((task) => take(task, who, lease_ms, model.nowMs));
  const exhausted = taken.filter((task) => !claimed.includes(task));
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
  expect(answer.claimed.toSorted(byId)).toEqual(claimed.toSorted(byId).map(asClaimed));
  expect(answer.exhausted.toSorted(byId)).toEqual(
    exhausted
      .toSorted(byId)
      .map(({ id, history }) => expect.objectContaining({ id, attempts: history.length })),
  );
}

/** The tasks of the answer, if they are as urgent as the first candidates: among equals the choice is free. */
function chosen(
  answer: DueTasks,
  candidates: ModelTask[],
  limit: number,
  urgency: (task: ModelTask) => unknown[],
): ModelTask[] {
  const ids = new Set([...answer.claimed, ...answer.exhausted].map(({ id }) => id));
  const taken = candidates.filter(({ id }) => ids.has(id));
  expect(ids.size).toBe(taken.length);
  expect(taken.map(urgency)).toEqual(candidates.slice(0, limit).map(urgency));
  return taken;
}

const rescue: fc.Arbitrary<Step> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(...LANE_ORDERS), executor, leaseMs)
  .map(([limit, lanes, who, lease_ms]) =>
    step(`claimDue(${limit} of ${lanes}, ${who}, ${lease_ms} ms)`, async (model, { db }) => {
      const answer = await claimDue(db, { executor: who, lease_ms, limit, lanes });
      const urgency = (task: ModelTask) => [isStranded(task) ? 'lost' : task.priority, task.dueAtMs];
      const taken = chosen(answer, rescuable(model, lanes), limit, urgency);
      expectTaken(answer, model, taken, who, lease_ms);
    }),
  );

const lastChance: fc.Arbitrary<Step> = fc.tuple(executor, leaseMs).map(([who, lease_ms]) =>
  step(`claimLastChance(${who}, ${lease_ms} ms)`, async (model, { db }) => {
    const answer = await claimLastChance(db, { executor: who, lease_ms });
    const candidates = model.tasks
      .filter((task) => mayTake(task, 'last chance', model.nowMs))
      .sort((a, b) => a.dueAtMs! - b.dueAtMs!);
    const taken = chosen(answer, candidates, 1, ({ dueAtMs }) => [dueAtMs]);
    expectTaken(answer, model, taken, who, lease_ms);
  }),
);

export const claiming = fc.oneof(
  { weight: 4, arbitrary: claimByMessage },
  { weight: 4, arbitrary: rescue },
  { weight: 2, arbitrary: lastChance },
);
