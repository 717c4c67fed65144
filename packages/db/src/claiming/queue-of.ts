/** Of what runs, and of what was lost with its executor before. The queues below are those of the lanes. */
export const LOST_QUEUE = 3;

/** In which queue of the index `tasks_due` an unfinished task is; SQL that has to be the index' own, but for the names of columns. */
export const QUEUE_OF_TASK = `(case when tasks.status = 'RUNNING' or tasks.lost_attempts > 0 then ${LOST_QUEUE} else tasks.lane end)`;
