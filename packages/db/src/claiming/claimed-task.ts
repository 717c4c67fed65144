import type { MODEL_PARAMETERS, Task } from '@millrace/contracts';
import type { Database } from '../connection/database.ts';
import { DOORBELL_GRACE_SECONDS } from './doorbell-grace.ts';

/** What an executor needs to run an attempt. */
export interface ClaimedTask
  extends Pick<
    Task,
    'id' | 'prompt' | 'model' | 'priority' | 'max_attempts' | 'timeout_ms' | (typeof MODEL_PARAMETERS)[number]
  > {
  /** The number of this attempt: the fence of every later write. */
  readonly attempts: number;
  /** Attempts before the last replay, whose steps are not resumed from; 0 if never replayed. */
  readonly earlier_attempts: number;
  /** Its executor was lost before, and this is the last permitted attempt: the task may be the cause. */
  readonly last_chance: boolean;
  /** Taken over from an executor that was lost. */
  readonly taken_over: boolean;
  /** How long it was due; overstated by up to the doorbell grace if it was handed back or taken over. */
  readonly waited_ms: number;
  /** Since it was submitted. */
  readonly age_ms: number;
}

/** The SQL of each field, in an update of `tasks` from `wanted`, which holds the previous status and due_at. */
const SOURCES: Record<keyof ClaimedTask, string> = {
  id: 'tasks.id',
  prompt: 'tasks.prompt',
  model: 'tasks.model',
  priority: 'tasks.priority',
  attempts: 'tasks.attempts',
  earlier_attempts: 'tasks.earlier_attempts',
  max_attempts: 'tasks.max_attempts',
  timeout_ms: 'tasks.timeout_ms',
  system: 'tasks.system',
  tools: 'tasks.tools',
  temperature: 'tasks.temperature',
  max_output_tokens: 'tasks.max_output_tokens',
  response_format: 'tasks.response_format',
  last_chance: 'tasks.lost_attempts > 0 and tasks.attempts - tasks.uncounted_attempts = tasks.max_attempts',
  taken_over: "wanted.status = 'RUNNING'",
  waited_ms: `date_part('epoch', now() - greatest(
    tasks.run_at, wanted.due_at - make_interval(secs => ${DOORBELL_GRACE_SECONDS}))) * 1000`,
  age_ms: "date_part('epoch', now() - tasks.created_at) * 1000",
};
const FIELDS = Object.keys(SOURCES);
const CLAIMED_ROW = `json_build_array(${Object.values(SOURCES)})`;

/** The fields without their names, which would take longer to write and read than the values. */
export type ClaimedRow = readonly unknown[];

/** For a `returning` clause; read by `toClaimedTask`. */
export function claimedRow({ sql }: Database) {
  return sql.unsafe(CLAIMED_ROW);
}

export function toClaimedTask(row: ClaimedRow): ClaimedTask {
  const task: Record<string, unknown> = {};
  // Not `for … of entries()`, which takes twice as long.
  FIELDS.forEach((field, index) => {
    task[field] = row[index];
  });
  return task as unknown as ClaimedTask;
}
