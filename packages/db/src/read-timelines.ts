import type { AttemptOutcome, Task, TaskError, TaskResult, TaskStatus, TaskStep } from '@millrace/contracts';
import { batchedVerb } from './batched-verb.ts';
import type { Caller } from './caller.ts';
import type { Database } from './database.ts';
import { stepsOfResults } from './list-steps.ts';
import { taskColumnList, taskColumns, toTask, toTimestamp } from './task-row.ts';

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

interface Row extends Pick<Timeline, 'steps' | 'more'> {
  place: number;
  has_checkpoints: boolean;
  last_checkpoint: number | null;
  now_status: TaskStatus;
  now_attempts: number;
  earlier_attempts: number;
  over: AttemptRow[];
  has_task: boolean;
  attempt_started_at: string | null;
}

interface AttemptRow extends AttemptOver {
  started_at: string;
  ended_at: string;
  result: TaskResult | null;
}

/** Reads how a task went on, for many readers in one statement. Null if there is no such task, or the caller does not see it. */
export const readTimeline = batchedVerb<TimelineInput, Timeline | null>(
  'read_timeline',
  async (db, inputs) => {
    const distinct = new Map<string, TimelineInput>();
    for (const input of inputs) distinct.set(keyOf(input), input);
    const rows = await readRows(db, [...distinct.values()]);
    const keys = [...distinct.keys()];
    const timelines = new Map(
      rows.map((row) => [keys[row.place]!, asTimeline(row, distinct.get(keys[row.place]!)!)]),
    );
    return inputs.map((input) => timelines.get(keyOf(input)) ?? null);
  },
);

function keyOf({ task_id, caller, after, with_task }: TimelineInput): string {
  return `${task_id}/${after.attempt}/${after.seq}/${with_task}/${JSON.stringify(caller.sees)}`;
}

/** Where a model makes no checkpoints a task's steps are in its results: then all attempts are read, to number them. */
async function readRows(db: Database, inputs: readonly TimelineInput[]) {
  const { sql } = db;
  const wanted = inputs.map(({ task_id, caller, after, with_task }, place) => ({
    place,
    task_id,
    sees: caller.sees,
    with_task,
    ...after,
  }));
  return sql<(Row & Task)[]>`
    select input.place, head.status as now_status, head.attempts as now_attempts, head.earlier_attempts, head.attempt_started_at,
      checkpoints.exist as has_checkpoints, checkpoints.last_checkpoint, page.steps, page.more, past.over, tasks.id is not null as has_task, ${taskColumnList(db)}
    from json_to_recordset(${JSON.stringify(wanted)}::json)
      as input(place integer, task_id uuid, sees text, with_task boolean, attempt integer, seq integer)
    join tasks as head on head.id = input.task_id and (input.sees is null or head.owner = input.sees)
    left join tasks on tasks.id = head.id and (input.with_task or head.finished_at is not null)
    cross join lateral (
      select max(seq) is not null as exist, max(seq) as last_checkpoint from task_steps where task_id = head.id
    ) as checkpoints
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
          coalesce(sum(octet_length(output) + octet_length(arguments::text) + octet_length(tool_calls::text))
            over (order by seq rows between unbounded preceding and 1 preceding), 0) as bytes_before
        from task_steps where task_id = head.id and (attempt, seq) > (input.attempt, input.seq)
      ) as later
    ) as page
    cross join lateral (
      select coalesce(json_agg(json_build_object('attempt', attempt, 'outcome', outcome, 'error', error,
        'started_at', started_at::text, 'ended_at', ended_at::text,
        'result', case when not checkpoints.exist then result end) order by attempt), '[]') as over
      from task_attempts where task_id = head.id and (attempt >= input.attempt or not checkpoints.exist)
    ) as past`;
}

function asTimeline(row: Row & Task, { after }: TimelineInput): Timeline {
  const { more, over, has_checkpoints } = row;
  const ofResults = has_checkpoints ? [] : stepsOfResults([...over.map(withTimes), ...completionOf(row)]);
  const steps = has_checkpoints ? row.steps.map(withTimes) : ofResults.filter((step) => isAfter(step, after));
  return {
    status: row.now_status,
    attempts: row.now_attempts,
    earlier_attempts: row.earlier_attempts,
    over: over.map(({ attempt, outcome, error }) => ({ attempt, outcome, error })),
    steps,
    more,
    last_seq: row.last_checkpoint ?? ofResults.length,
    task: row.has_task ? taskIn(row) : null,
  };
}

function isAfter({ attempt, seq }: TaskStep, after: TimelineInput['after']): boolean {
  return attempt > after.attempt || (attempt === after.attempt && seq > after.seq);
}

function withTimes<Times extends { started_at: string; ended_at: string }>(times: Times): Times {
  return { ...times, started_at: toTimestamp(times.started_at), ended_at: toTimestamp(times.ended_at) };
}

/** The attempt that completed the task, whose result the task itself holds. */
function completionOf({ has_task, status, attempts, attempt_started_at, finished_at, result }: Row & Task) {
  if (!has_task || status !== 'COMPLETED') return [];
  const times = withTimes({ started_at: attempt_started_at!, ended_at: finished_at! });
  return [{ attempt: attempts, ...times, result }];
}

function taskIn(row: Row & Task): Task {
  const columns = Object.keys(taskColumns).map((name) => [name, row[name as keyof Task]]);
  return toTask(Object.fromEntries(columns) as Task);
}
