import type { AttemptOutcome, Task, TaskError, TaskStatus, TaskStep } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import { LATER } from '../batching/group-commit.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { READ_BYTES_MAX, taskColumnList, taskColumns, toTask } from '../task-row.ts';
import { checkpointRows, resultRows, resultStepRows, stepBytes, toStep } from './history-rows.ts';

export interface TimelineInput {
  readonly task_id: string;
  readonly caller: Caller;
  /** What is known already: nothing of earlier attempts is read, and of this one only the steps that follow. */
  readonly after: { readonly attempt: number; readonly seq: number };
  /** Whether the task itself is wanted though it has not ended. */
  readonly with_task: boolean;
}

export interface AttemptOver {
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly error: TaskError | null;
}

/** What has happened to a task since a point in it, all of one moment. */
export interface Timeline {
  readonly status: TaskStatus;
  /** The number of the attempt under way, or of the last one. */
  readonly attempts: number;
  /** Attempts before the last replay. */
  readonly earlier_attempts: number;
  /** Attempts that are over, but for one that completed the task: that one the task itself tells of. */
  readonly over: readonly AttemptOver[];
  /** Oldest first; as many as fit, and at least one if there is any. */
  readonly steps: readonly TaskStep[];
  /** There are steps after these. */
  readonly more: boolean;
  /** The number of the last step of all; 0 if there is none. */
  readonly last_seq: number;
  /** Null if the task has not ended and was not asked for. */
  readonly task: Task | null;
}

/** What a reading holds of a task's steps; a single one may be larger. */
const STEPS_BYTES_MAX = 256 * 1024;
/** The steps of a batch are in memory at the same time. */
const BATCH_SIZE_MAX = 32;

interface Row extends Pick<Timeline, 'earlier_attempts' | 'over' | 'steps' | 'more' | 'last_seq'> {
  place: number;
  found: number;
  now_status: TaskStatus;
  now_attempts: number;
  has_task: boolean;
}

/** Reads how a task went on, for many readers in one statement. Null if there is no such task, or the caller does not see it. */
export const readTimeline = batchedVerb<TimelineInput, Timeline | null>(
  'read_timeline',
  async (db, inputs) => {
    const distinct = new Map<string, TimelineInput>();
    for (const input of inputs) distinct.set(keyOf(input), input);
    const rows = await readRows(db, [...distinct.values()]);
    const keys = [...distinct.keys()];
    const timelines = new Map(rows.map((row) => [keys[row.place]!, asTimeline(row)]));
    const missing = rows.length < (rows[0]?.found ?? 0) ? LATER : null;
    return inputs.map((input) => timelines.get(keyOf(input)) ?? missing);
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
    after_attempt: after.attempt,
    after_seq: after.seq,
  }));
  const task = sql`head.id`;
  return sql<(Row & Task)[]>`
    select head.place, head.found, head.status as now_status, head.attempts as now_attempts, head.earlier_attempts,
      coalesce((select max(seq) from task_steps where task_id = ${task}),
        (select max(steps_before + steps) from ${resultRows(db, task)} as results), 0)::integer as last_seq,
      page.steps, page.more, past.over, tasks.id is not null as has_task, ${taskColumnList(db)}
    from (
      select input.*, id, status, attempts, earlier_attempts, finished_at, count(*) over ()::integer as found,
        coalesce(sum(pg_column_size(result))
          over (order by place rows between unbounded preceding and 1 preceding), 0) as results_before
      from json_to_recordset(${JSON.stringify(wanted)}::json)
        as input(place integer, task_id uuid, sees text, with_task boolean, after_attempt integer, after_seq integer)
      join tasks on id = task_id and (sees is null or owner = sees)
    ) as head
    left join tasks on tasks.id = head.id and (head.with_task or head.finished_at is not null)
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
          where (attempt, seq) > (head.after_attempt, head.after_seq)
          union all
          select * from ${resultStepRows(
            db,
            task,
            sql`not exists (select from task_steps where task_id = ${task})
              and (attempt, steps_before + place) > (head.after_attempt, head.after_seq)`,
          )} as of_results
        ) as steps
      ) as later
    ) as page
    cross join lateral (
      select coalesce(json_agg(json_build_object('attempt', attempt, 'outcome', outcome, 'error', error)
        order by attempt), '[]') as over
      from task_attempts where task_id = head.id and attempt >= head.after_attempt
    ) as past
    where head.results_before < ${READ_BYTES_MAX}`;
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
  const columns = Object.keys(taskColumns).map((name) => [name, row[name as keyof Task]]);
  return toTask(Object.fromEntries(columns) as Task);
}
