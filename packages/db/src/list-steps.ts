import type { Attempt, TaskStep } from '@millrace/contracts';
import { type Caller, isSeen, UNRESTRICTED } from './caller.ts';
import type { Database } from './database.ts';
import { listAttempts } from './list-attempts.ts';
import { toTimestamp } from './task-row.ts';

/** The checkpoints of a task, of every attempt and run, oldest first: what an executor goes on from. */
export function loadSteps(db: Database, taskId: string): Promise<TaskStep[]> {
  return readSteps(db, UNRESTRICTED, taskId);
}

async function readSteps(db: Database, caller: Caller, taskId: string): Promise<TaskStep[]> {
  const { sql } = db;
  const seen =
    caller.sees === null
      ? sql``
      : sql`and exists (select from tasks where tasks.id = task_steps.task_id and ${isSeen(db, caller)})`;
  const rows = await sql<TaskStep[]>`
    select seq, attempt, kind::text, name, arguments, output, tool_calls, tool_call_id, error, finish_reason, usage,
      started_at, ended_at
    from task_steps where task_id = ${taskId} ${seen} order by seq`;
  return rows.map((row) => ({
    ...row,
    started_at: toTimestamp(row.started_at),
    ended_at: toTimestamp(row.ended_at),
  }));
}

/**
 * What people are shown. Models that make a single step write no checkpoint: theirs is read out of the results. Empty also for a
 * task that is not seen.
 */
export async function listSteps(db: Database, caller: Caller, taskId: string): Promise<TaskStep[]> {
  const steps = await readSteps(db, caller, taskId);
  return steps.length > 0 ? steps : stepsOfResults(await listAttempts(db, caller, taskId));
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
