import type { MODEL_PARAMETERS, Task } from '@millrace/contracts';
import type { Database } from './database.ts';

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
}

export function claimedColumns({ sql }: Database) {
  return sql`tasks.id, tasks.prompt, tasks.model, tasks.priority, tasks.attempts, tasks.earlier_attempts,
    tasks.max_attempts, tasks.timeout_ms, tasks.system, tasks.tools, tasks.temperature, tasks.max_output_tokens,
    tasks.response_format,
    tasks.lost_attempts > 0 and tasks.attempts - tasks.uncounted_attempts = tasks.max_attempts as last_chance`;
}
