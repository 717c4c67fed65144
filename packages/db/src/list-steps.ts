import type { Attempt, TaskStep } from '@millrace/contracts';
import type { Database } from './database.ts';
import { listAttempts } from './list-attempts.ts';
import { toTimestamp } from './task-row.ts';

/** The checkpoints of a task, of every attempt and run, oldest first. */
export async function loadSteps(db: Database, taskId: string): Promise<TaskStep[]> {
  const rows = await db.sql<TaskStep[]>`
    select seq, attempt, kind::text, name, arguments, output, tool_calls, tool_call_id, error, finish_reason, usage,
      started_at, ended_at
    from task_steps where task_id = ${taskId} order by seq`;
  return rows.map((row) => ({
    ...row,
    started_at: toTimestamp(row.started_at),
    ended_at: toTimestamp(row.ended_at),
  }));
}

/**
 * What people are shown. Models that make a single step write no checkpoint: theirs is read out of the results. Empty also for an
 * unknown task.
 */
export async function listSteps(db: Database, taskId: string): Promise<TaskStep[]> {
  const steps = await loadSteps(db, taskId);
  return steps.length > 0 ? steps : stepsOfResults(await listAttempts(db, taskId));
}

/** @param attempts all of them so far, oldest first */
export function stepsOfResults(
  attempts: readonly Pick<Attempt, 'attempt' | 'started_at' | 'ended_at' | 'result'>[],
): TaskStep[] {
  return attempts
    .flatMap(({ attempt, started_at, ended_at, result }) =>
      (result?.steps ?? []).map((step) => ({
        ...step,
        attempt,
        started_at,
        ended_at: ended_at ?? started_at,
      })),
    )
    .map((step, index) => ({
      ...step,
      seq: index + 1,
      tool_calls: [],
      tool_call_id: null,
      error: null,
      finish_reason: null,
      usage: null,
    }));
}
