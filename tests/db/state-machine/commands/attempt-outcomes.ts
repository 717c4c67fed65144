import { expect } from 'bun:test';
import { type Attempt, checkpoint, complete, fail, type Renewal, release, renew } from '@millrace/db';
import fc from 'fast-check';
import { newStep } from '../../new-step.ts';
import { countedAttempts, endAttempt, finish, ownsTask } from '../model.ts';
import { readStoredTasks } from '../stored-task.ts';
import { attemptAt, idAt, leaseMs, pick, type Step, step, taskOf } from './step.ts';

const RETRY_DELAY_MS_MAX = 60_000;

/** Mostly the attempt that owns the task; sometimes a zombie's. */
const back = fc.constantFrom(0, 0, 0, 1, 2);
const written = fc.tuple(pick, back);

const completing: fc.Arbitrary<Step> = written.map(([index, behind]) =>
  step(`complete(task ${index}, attempt -${behind})`, async (model, { db }) => {
    const task_id = idAt(model, index);
    const attempt = attemptAt(model, task_id, behind);
    const task = taskOf(model, task_id);
    const output = `by attempt ${attempt}`;
    const isWritten = await complete(db, { task_id, attempt, result: { output, steps: [] }, usage: null });
    expect(isWritten).toBe(ownsTask(task, attempt));
    if (!ownsTask(task, attempt)) return;
    endAttempt(task, 'COMPLETED', model.nowMs).output = output;
    task.errorCode = null;
    finish(task, 'COMPLETED', model.nowMs);
  }),
);

const failing: fc.Arbitrary<Step> = fc.tuple(written, fc.boolean()).map(([[index, behind], retryable]) =>
  step(`fail(task ${index}, attempt -${behind}${retryable ? ', retryable' : ''})`, async (model, { db }) => {
    const task_id = idAt(model, index);
    const attempt = attemptAt(model, task_id, behind);
    const task = taskOf(model, task_id);
    const error = { code: retryable ? 'busy' : 'refused', message: 'no', retryable };
    const status = await fail(db, { task_id, attempt, error });
    if (!ownsTask(task, attempt)) return expect(status).toBeNull();
    endAttempt(task, 'FAILED', model.nowMs, error.code);
    task.errorCode = error.code;
    const counted = countedAttempts(task);
    expect(status).toBe(retryable && counted < task.maxAttempts ? 'PENDING' : 'FAILED');
    if (status === 'FAILED') return finish(task, 'FAILED', model.nowMs);
    // The delay is random: the model checks its bounds, then adopts it.
    const stored = (await readStoredTasks(db)).find(({ id }) => id === task_id)!;
    const delayMs = stored.run_at - model.nowMs;
    expect(delayMs).toBeWithin(0, Math.min(RETRY_DELAY_MS_MAX, 1_000 * 2 ** (counted - 1)) + 1);
    task.status = 'PENDING';
    task.runAtMs = stored.run_at;
    task.dueAtMs = stored.run_at;
  }),
);

const releasing: fc.Arbitrary<Step> = written.map(([index, behind]) =>
  step(`release(task ${index}, attempt -${behind})`, async (model, { db }) => {
    const task_id = idAt(model, index);
    const attempt = attemptAt(model, task_id, behind);
    const task = taskOf(model, task_id);
    expect(await release(db, { task_id, attempt })).toBe(ownsTask(task, attempt));
    if (!ownsTask(task, attempt)) return;
    endAttempt(task, 'RELEASED', model.nowMs);
    task.status = 'PENDING';
    task.dueAtMs = model.nowMs;
  }),
);

const renewing: fc.Arbitrary<Step> = fc
  .tuple(fc.array(written, { minLength: 1, maxLength: 4 }), leaseMs)
  .map(([picks, lease_ms]) =>
    step(`renew(${fc.stringify(picks)}, ${lease_ms} ms)`, async (model, { db }) => {
      const attempts = new Map<string, Attempt>();
      for (const [index, behind] of picks) {
        const task_id = idAt(model, index);
        const attempt = attemptAt(model, task_id, behind);
        attempts.set(`${task_id}/${attempt}`, { task_id, attempt });
      }
      const renewal = await renew(db, { attempts: [...attempts.values()], lease_ms });
      const news: Renewal = { lost: [], cancelled: [] };
      for (const attempt of attempts.values()) {
        const task = taskOf(model, attempt.task_id);
        if (task?.status === 'CANCELLED') news.cancelled.push(attempt);
        else if (ownsTask(task, attempt.attempt)) task.dueAtMs = model.nowMs + lease_ms;
        else news.lost.push(attempt);
      }
      expect(renewal.lost.toSorted(byAttempt)).toEqual(news.lost.toSorted(byAttempt));
      expect(renewal.cancelled.toSorted(byAttempt)).toEqual(news.cancelled.toSorted(byAttempt));
    }),
  );

function byAttempt(a: Attempt, b: Attempt): number {
  return a.task_id.localeCompare(b.task_id) || a.attempt - b.attempt;
}

const checkpointing: fc.Arbitrary<Step> = fc.tuple(written, fc.boolean()).map(([[index, behind], isAgain]) =>
  step(`checkpoint(task ${index}, attempt -${behind}${isAgain ? ', again' : ''})`, async (model, { db }) => {
    const task_id = idAt(model, index);
    const attempt = attemptAt(model, task_id, behind);
    const task = taskOf(model, task_id);
    const last = task?.steps.at(-1);
    const seq = Math.max(1, (last?.seq ?? 0) + (isAgain ? 0 : 1));
    const output = `${seq} by attempt ${attempt}`;
    const answer = await checkpoint(db, { task_id, attempt, step: newStep(seq, { output }) });
    const isTaken = last?.seq === seq;
    if (!ownsTask(task, attempt) || (isTaken && last.attempt !== attempt)) return expect(answer).toBeNull();
    const made = isTaken ? last : { seq, attempt, output, endedAtMs: model.nowMs };
    if (!isTaken) task.steps.push(made);
    expect(answer).toMatchObject({ seq, attempt, output, ended_at: new Date(made.endedAtMs).toISOString() });
  }),
);

export const attemptOutcomes = fc.oneof(
  { weight: 4, arbitrary: checkpointing },
  { weight: 3, arbitrary: completing },
  { weight: 4, arbitrary: failing },
  { weight: 2, arbitrary: releasing },
  { weight: 2, arbitrary: renewing },
);
