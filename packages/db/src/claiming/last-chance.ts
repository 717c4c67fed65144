import type { Database } from '../connection/database.ts';

/**
 * A task is on its last chance when an executor was lost while running it and one attempt is left. Since the task may be what kills
 * executors, each executor runs only one such task at a time, so that a killer takes no innocent ones with it. A RUNNING row that is due
 * has just been lost.
 */
export function onLastChance({ sql }: Database) {
  return sql`(tasks.lost_attempts + (tasks.status = 'RUNNING')::integer > 0
    and tasks.attempts - tasks.uncounted_attempts = tasks.max_attempts - 1)`;
}
