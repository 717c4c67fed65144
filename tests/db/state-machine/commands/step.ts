import { expect } from 'bun:test';
import type { Database } from '@millrace/db';
import fc from 'fast-check';
import {
  countedAttempts,
  isLastChance,
  lostAttempts,
  type Model,
  type ModelTask,
  startedAtMs,
} from '../model.ts';
import { checkInvariants, readStoredTasks, type StoredTask } from '../stored-task.ts';

export interface Real {
  readonly db: Database;
  /** The number of attempts each task was last seen with. */
  readonly seen: Map<string, number>;
}

export type Step = fc.AsyncCommand<Model, Real>;

const UNKNOWN_ID = Bun.randomUUIDv7();

/** Picks among existing tasks, deleted ones, and one that never existed. */
export const pick = fc.nat({ max: 1_000 });
export const executor = fc.constantFrom('ann', 'ben', 'eve');
export const leaseMs = fc.constantFrom(10_000, 60_000);

export function idAt(model: Model, index: number): string {
  const ids = [...model.tasks.map(({ id }) => id), ...model.deletedIds.slice(-1), UNKNOWN_ID];
  return ids[index % ids.length]!;
}
export function taskOf(model: Model, id: string): ModelTask | undefined {
  return model.tasks.find((task) => task.id === id);
}
/** An attempt number: the current one, or an earlier one. */
export function attemptAt(model: Model, id: string, back: number): number {
  return Math.max(1, (taskOf(model, id)?.history.length ?? 0) - back);
}

/** A command that acts on both, compares the answers, and then has everything stored compared. */
export function step(label: string, act: (model: Model, real: Real) => Promise<void>): Step {
  return {
    check: () => true,
    async run(model, real) {
      await act(model, real);
      const stored = await readStoredTasks(real.db);
      stored.forEach(checkInvariants);
      for (const { id, attempts } of stored) {
        expect(attempts - (real.seen.get(id) ?? 0)).toBeOneOf([0, 1]);
        real.seen.set(id, attempts);
      }
      expect(stored).toEqual(model.tasks.map(asStored));
    },
    toString: () => label,
  };
}

function asStored(task: ModelTask): StoredTask {
  const last = task.history.at(-1);
  return {
    id: task.id,
    status: task.status,
    attempts: task.history.length,
    earlier_attempts: task.earlierRuns,
    uncounted_attempts: task.history.length - countedAttempts(task),
    lost_attempts: lostAttempts(task),
    max_attempts: task.maxAttempts,
    executor: last?.executor ?? null,
    error_code: task.errorCode,
    output: task.status === 'COMPLETED' ? last!.output : null,
    run_at: task.runAtMs,
    due_at: task.dueAtMs,
    started_at: startedAtMs(task),
    attempt_started_at: last?.startedAtMs ?? null,
    finished_at: task.finishedAtMs,
    history: task.history.map((attempt, index) => ({
      attempt: index + 1,
      status: attempt.status,
      executor: attempt.executor,
      started_at: new Date(attempt.startedAtMs).toISOString(),
      ended_at: attempt.endedAtMs === null ? null : new Date(attempt.endedAtMs).toISOString(),
      error: attempt.errorCode === null ? null : expect.objectContaining({ code: attempt.errorCode }),
      result: attempt.output === null ? null : { output: attempt.output, steps: [] },
    })),
    steps: task.steps.map(({ endedAtMs, ...made }) =>
      expect.objectContaining({ ...made, ended_at: new Date(endedAtMs).toISOString() }),
    ),
  };
}

/** What an executor should get when it claims a task. */
export function asClaimed(task: ModelTask) {
  return expect.objectContaining({
    id: task.id,
    priority: task.priority,
    attempts: task.history.length,
    earlier_attempts: task.earlierRuns,
    max_attempts: task.maxAttempts,
    last_chance: isLastChance(task),
  });
}
