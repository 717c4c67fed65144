import type { AttemptOutcome, Task, TaskError, TaskStatus, TaskStep } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { toTimestamp } from '../connection/timestamp.ts';
import { TASK_FIELDS, taskColumnList } from '../task-row.ts';
import { checkpointRows, resultRows, resultStepRows, stepBytes } from './history-rows.ts';

export interface TimelineInput {
  readonly task_id: string;
  readonly caller: Caller;
  /** What the reader already has: earlier attempts are not read, and of this one only later steps. */
  readonly after: { readonly attempt: number; readonly seq: number };
  /** Whether to include the task even if it has not ended. */
  readonly with_task: boolean;
}

export interface AttemptOver {
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly error: TaskError | null;
}

/** A consistent snapshot of what has happened to a task since a given point. */
export interface Timeline {
  readonly status: TaskStatus;
  /** The number of the current or last attempt. */
  readonly attempts: number;
  /** Attempts before the last replay. */
  readonly earlier_attempts: number;
  /** Finished attempts, except one that completed the task: that one is in the task itself. */
  readonly over: readonly AttemptOver[];
  /** Oldest first; as many as fit, and at least one if there are any. */
  readonly steps: readonly TaskStep[];
  /** Whether there are further steps. */
  readonly more: boolean;
  /** The number of the very last step; 0 if there is none. */
  readonly last_seq: number;
  /** Null if the task has not ended and was not requested. */
  readonly task: Task | null;
}

/** Size of the steps in one timeline; a single step may be larger. */
const STEPS_BYTES_MAX = 256 * 1024;
/** A whole batch is in memory at once, including the results of finished tasks. */
const BATCH_SIZE_MAX = 32;

interface Row extends Pick<Timeline, 'earlier_attempts' | 'over' | 'steps' | 'more' | 'last_seq'> {
  place: number;
  now_status: TaskStatus;
  now_attempts: number;
  has_task: boolean;
}

/**
 * Reads the progress of tasks, for many readers in one statement. Null if there is no such task, or the
 * caller may not see it.
 */
export const readTimeline = batchedVerb<TimelineInput, Timeline | null>(
  'read_timeline',
  async (db, inputs) => {
    const distinct = new Map<string, TimelineInput>();
    for (const input of inputs) distinct.set(keyOf(input), input);
    const rows = await readRows(db, [...distinct.values()]);
    const keys = [...distinct.keys()];
    const timelines = new Map(rows.map((row) => [keys[row.place]!, asTimeline(row)]));
    return inputs.map((input) => timelines.get(keyOf(input)) ?? null);
  },
  { maxItems: BATCH_SIZE_MAX },
);

function keyOf({ task_id, caller, after, with_task }: TimelineInput): string {
  return `${task_id}/${after.attempt}/${after.seq}/${with_task}/${JSON.stringify(caller.sees)}`;
}

async function readRows(db: Database, inputs: readonly TimelineInput[]) {
  const { sql } = db;
  const wanted = inputs.map(({ task_id, caller, after, with_task }, place) => ({
    place,
    task_id,
    sees: caller.sees,
    with_task,
    ...after,
  }));
  const task = sql`head.id`;
  return sql<(Row & Task)[]>`
    select input.place, head.status as now_status, head.attempts as now_attempts, head.earlier_attempts,
      coalesce((select max(seq) from task_steps where task_id = ${task}),
        (select max(steps_before + steps) from ${resultRows(db, task)} as results), 0)::integer as last_seq,
      page.steps, page.more, past.over, tasks.id is not null as has_task, ${taskColumnList(db)}
    from json_to_recordset(${JSON.stringify(wanted)}::json)
      as input(place integer, task_id uuid, sees text, with_task boolean, attempt integer, seq integer)
    join tasks as head on head.id = input.task_id and (input.sees is null or head.owner = input.sees)
    left join tasks on tasks.id = head.id and (input.with_task or head.finished_at is not null)
    cross join lateral (
      select
        coalesce(json_agg(step order by seq) filter (where bytes_before < ${STEPS_BYTES_MAX}), '[]') as steps,
        coalesce(bool_or(bytes_before >= ${STEPS_BYTES_MAX}), false) as more
      from (
        select seq,
          json_build_object('seq', seq, 'attempt', attempt, 'kind', kind, 'name', name, 'arguments', arguments,
            'output', output, 'tool_calls', tool_calls, 'tool_call_id', tool_call_id, 'error', error,
            'finish_reason', finish_reason, 'usage', usage,
            'started_at', started_at::text, 'ended_at', ended_at::text) as step,
          coalesce(sum(${stepBytes(db)})
            over (order by seq rows between unbounded preceding and 1 preceding), 0) as bytes_before
        from (
          select * from ${checkpointRows(db, task)} as checkpoints
          where (attempt, seq) > (input.attempt, input.seq)
          union all
          select * from ${resultStepRows(
            db,
            task,
            sql`not exists (select from task_steps where task_id = ${task})
              and (attempt, steps_before + place) > (input.attempt, input.seq)`,
          )} as of_results
        ) as steps
      ) as later
    ) as page
    cross join lateral (
      select coalesce(json_agg(json_build_object('attempt', attempt, 'outcome', outcome, 'error', error)
        order by attempt), '[]') as over
      from task_attempts where task_id = head.id and attempt >= input.attempt
    ) as past`;
}

function asTimeline(row: Row & Task): Timeline {
  return {
    status: row.now_status,
    attempts: row.now_attempts,
    earlier_attempts: row.earlier_attempts,
    over: row.over,
    steps: row.steps.map(toStep),
    more: row.more,
    last_seq: row.last_seq,
    task: row.has_task ? taskIn(row) : null,
  };
}

function taskIn(row: Row & Task): Task {
  return Object.fromEntries(TASK_FIELDS.map((field) => [field, row[field]])) as Task;
}

/** @param step from JSON, with times as Postgres writes them */
function toStep(step: TaskStep): TaskStep {
  return { ...step, started_at: toTimestamp(step.started_at), ended_at: toTimestamp(step.ended_at) };
}
