import type { Database } from '../connection/database.ts';

/**
 * A task is on its last chance when an executor was lost with it before and one attempt is left. The task may be what kills
 * executors, so such tasks run one at a time on each: then the others among them, innocent, survive what the guilty one does.
 * A RUNNING row that is due has just been lost.
 */
export function onLastChance({ sql }: Database) {
  return sql`(tasks.lost_attempts + (tasks.status = 'RUNNING')::integer > 0
    and tasks.attempts - tasks.uncounted_attempts = tasks.max_attempts - 1)`;
}
