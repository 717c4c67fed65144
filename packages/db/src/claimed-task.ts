import type { MODEL_PARAMETERS, Task } from '@millrace/contracts';
import type { Database } from './database.ts';
import { DOORBELL_GRACE_SECONDS } from './doorbell-grace.ts';

/** What an executor needs to run an attempt. */
export interface ClaimedTask
  extends Pick<
    Task,
    'id' | 'prompt' | 'model' | 'priority' | 'max_attempts' | 'timeout_ms' | (typeof MODEL_PARAMETERS)[number]
  > {
  /** The number of this attempt: the fence of every later write. */
  readonly attempts: number;
  /** Attempts before the last replay, whose steps are not to be resumed from; 0 if it was never replayed. */
  readonly earlier_attempts: number;
  /** Earlier attempts lost with their executor, and this is the last one permitted: the task may be the cause. */
  readonly last_chance: boolean;
  /** Its former executor was lost with it. */
  readonly taken_over: boolean;
  /** For how long it was due; up to the grace of doorbells more where it was handed back or taken over. */
  readonly waited_ms: number;
  /** Since it was submitted. */
  readonly age_ms: number;
}

/** In the order of `claimedRow`. */
export type ClaimedRow = readonly [
  id: string,
  prompt: string,
  model: string,
  priority: number,
  attempts: number,
  earlier_attempts: number,
  max_attempts: number,
  timeout_ms: number,
  system: ClaimedTask['system'],
  tools: ClaimedTask['tools'],
  temperature: ClaimedTask['temperature'],
  max_output_tokens: ClaimedTask['max_output_tokens'],
  response_format: ClaimedTask['response_format'],
  last_chance: boolean,
  taken_over: boolean,
  waited_ms: number,
  age_ms: number,
];

/**
 * A claimed task as JSON, to be read by `toClaimedTask`: without names, which take longer to write and to read than the rest. For an
 * update of tasks from `wanted`, which has the status and due_at that they had before.
 */
export function claimedRow({ sql }: Database) {
  return sql`json_build_array(tasks.id, tasks.prompt, tasks.model, tasks.priority, tasks.attempts,
    tasks.earlier_attempts, tasks.max_attempts, tasks.timeout_ms, tasks.system, tasks.tools, tasks.temperature,
    tasks.max_output_tokens, tasks.response_format,
    tasks.lost_attempts > 0 and tasks.attempts - tasks.uncounted_attempts = tasks.max_attempts,
    wanted.status = 'RUNNING',
    date_part('epoch', now() - greatest(
      tasks.run_at, wanted.due_at - make_interval(secs => ${DOORBELL_GRACE_SECONDS}))) * 1000,
    date_part('epoch', now() - tasks.created_at) * 1000)`;
}

export function toClaimedTask([
  id,
  prompt,
  model,
  priority,
  attempts,
  earlier_attempts,
  max_attempts,
  timeout_ms,
  system,
  tools,
  temperature,
  max_output_tokens,
  response_format,
  last_chance,
  taken_over,
  waited_ms,
  age_ms,
]: ClaimedRow): ClaimedTask {
  return {
    id,
    prompt,
    model,
    priority,
    attempts,
    earlier_attempts,
    max_attempts,
    timeout_ms,
    system,
    tools,
    temperature,
    max_output_tokens,
    response_format,
    last_chance,
    taken_over,
    waited_ms,
    age_ms,
  };
}
