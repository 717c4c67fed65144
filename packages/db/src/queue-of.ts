import type { Database } from './database.ts';

/** Of what runs, and of what was lost with its executor before. The queues below are those of the lanes. */
export const LOST_QUEUE = 3;

/** In which queue of the index `tasks_due` an unfinished task is; an expression that has to be the index' own, word for word. */
export function queueOf({ sql }: Pick<Database, 'sql'>) {
  return sql`(case when tasks.status = 'RUNNING' or tasks.lost_attempts > 0 then 3 else tasks.lane end)`;
}
