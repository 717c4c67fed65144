import { expect } from 'bun:test';
import { cancel, deleteFinished, replay, UNRESTRICTED } from '@millrace/db';
import fc from 'fast-check';
import { endAttempt, finish, isFinished, type ModelTask, runAgain } from '../model.ts';
import { record } from '../record.ts';
import { advanceClock } from '../virtual-clock.ts';
import { idAt, pick, type Step, step, taskOf } from './step.ts';

const DAY_MS = 24 * 3_600_000;

const cancelling: fc.Arbitrary<Step> = pick.map((index) =>
  step(`cancel(task ${index})`, async (model, { db }) => {
    const id = idAt(model, index);
    const answer = await cancel(db, UNRESTRICTED, id);
    const task = taskOf(model, id);
    if (!task) return expect(answer).toBeNull();
    const changed = !isFinished(task);
    if (changed) {
      if (task.status === 'RUNNING') endAttempt(task, 'CANCELLED', model.nowMs);
      finish(task, 'CANCELLED', model.nowMs);
    }
    expect(answer).toMatchObject({ changed, task: { id, status: task.status } });
  }),
);

const filter = fc.oneof(
  record({ picks: fc.array(pick, { minLength: 1, maxLength: 3 }) }),
  record({ status: fc.constantFrom('COMPLETED' as const, 'FAILED' as const, 'CANCELLED' as const) }),
  record({ error_code: fc.constantFrom('busy', 'executor_lost') }),
);

const replaying: fc.Arbitrary<Step> = fc.tuple(filter, fc.integer({ min: 1, max: 3 })).map(([where, limit]) =>
  step(`replay(${fc.stringify(where)}, ${limit})`, async (model, { db }) => {
    const ids = 'picks' in where ? where.picks.map((index) => idAt(model, index)) : null;
    const matches = ({ id, status, errorCode }: ModelTask) => {
      if (ids) return ids.includes(id);
      return 'status' in where
        ? status === where.status
        : 'error_code' in where && errorCode === where.error_code;
    };
    const replayed = await replay(
      db,
      UNRESTRICTED,
      ids ? { ids } : (where as Exclude<typeof where, { picks: number[] }>),
      limit,
    );
    const again = model.tasks.filter((task) => isFinished(task) && matches(task)).slice(0, limit);
    expect(replayed!.map(({ id }) => id).toSorted()).toEqual(again.map(({ id }) => id));
    for (const task of again) runAgain(task, model.nowMs);
  }),
);

const deleting: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(0, 2), fc.integer({ min: 1, max: 2 }))
  .map(([older_than_days, limit]) =>
    step(`deleteFinished(${older_than_days} days, ${limit})`, async (model, { db, seen }) => {
      const { deleted: count } = await deleteFinished(db, { older_than_days, limit });
      const old = model.tasks.filter(
        ({ finishedAtMs }) => finishedAtMs !== null && finishedAtMs < model.nowMs - older_than_days * DAY_MS,
      );
      expect(count).toBe(Math.min(limit, old.length));
      // Which of the old tasks are deleted first is not promised.
      const left = new Set((await db.sql<{ id: string }[]>`select id from tasks`).map(({ id }) => id));
      const deleted = old.filter(({ id }) => !left.has(id));
      expect(deleted).toHaveLength(count);
      model.tasks = model.tasks.filter((task) => !deleted.includes(task));
      for (const { id } of deleted) {
        model.deletedIds.push(id);
        seen.delete(id);
      }
    }),
  );

const waiting: fc.Arbitrary<Step> = fc
  .constantFrom(1, 250, 1_000, 10_000, 10_000, 60_000, 60_000, DAY_MS + 1, 2 * DAY_MS)
  .map((ms) =>
    step(`wait(${ms} ms)`, async (model, { db }) => {
      await advanceClock(db, ms);
      model.nowMs += ms;
    }),
  );

export const operating = fc.oneof(
  { weight: 2, arbitrary: cancelling },
  { weight: 3, arbitrary: replaying },
  { weight: 1, arbitrary: deleting },
  { weight: 9, arbitrary: waiting },
);
