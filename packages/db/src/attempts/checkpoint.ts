import type { TaskStep } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Database } from '../connection/database.ts';
import { type Attempt, lockRunning } from './fence.ts';

export interface NewStep extends Omit<TaskStep, 'attempt' | 'started_at' | 'ended_at'> {
  /** How long it took, ending now. */
  readonly duration_ms: number;
}

export interface CheckpointInput extends Attempt {
  readonly step: NewStep;
}

/**
 * Stores a finished step, so that a retry need not repeat it. Null if the attempt no longer owned the task
 * and nothing was written. Idempotent.
 */
export const checkpoint = batchedVerb<CheckpointInput, TaskStep | null>('checkpoint', storeTogether, {
  sizeOf: ({ step }) => step.output?.length ?? 0,
});

async function storeTogether(
  db: Database,
  inputs: readonly CheckpointInput[],
): Promise<readonly (TaskStep | null)[]> {
  // One statement cannot write the same row twice.
  const once = new Map(inputs.map((input) => [keyOf(input.task_id, input.attempt, input.step.seq), input]));
  const rows = [...once.values()].map(({ task_id, attempt, step }) => ({ ...step, task_id, attempt }));
  const stored = await db.sql<
    { task_id: string; seq: number; attempt: number; started_at: string; ended_at: string }[]
  >`
    with ${lockRunning(db, rows, db.sql`id, attempts`)},
    owned as (
      select input.* from json_to_recordset(${JSON.stringify(rows)}::json) as input(
        task_id uuid, attempt integer, seq integer, kind step_kind, name text, arguments jsonb, output text,
        tool_calls jsonb, tool_call_id text, error jsonb, finish_reason text, usage jsonb,
        duration_ms double precision)
      join running on running.id = input.task_id and running.attempts = input.attempt
    )
    insert into task_steps (task_id, seq, attempt, kind, name, arguments, output, tool_calls, tool_call_id, error,
      finish_reason, usage, started_at, ended_at)
    select task_id, seq, attempt, kind, name, arguments, output, tool_calls, tool_call_id, error,
      finish_reason, usage, now() - make_interval(secs => duration_ms / 1000), now()
    from owned
    on conflict (task_id, seq) do update set seq = excluded.seq where task_steps.attempt = excluded.attempt
    returning task_id, seq, attempt, started_at, ended_at`;
  const byStep = new Map(stored.map((row) => [keyOf(row.task_id, row.attempt, row.seq), row]));
  return inputs.map(({ task_id, attempt, step }) => {
    const row = byStep.get(keyOf(task_id, attempt, step.seq));
    if (!row) return null;
    const { duration_ms, ...rest } = step;
    return { ...rest, attempt, started_at: row.started_at, ended_at: row.ended_at };
  });
}

function keyOf(taskId: string, attempt: number, seq: number): string {
  return `${taskId}/${attempt}/${seq}`;
}
