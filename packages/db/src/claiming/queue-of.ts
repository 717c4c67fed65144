/** The queue of running tasks and of those previously lost with their executor. Lower numbers are lanes. */
export const LOST_QUEUE = 3;

/** The queue of an unfinished task in the index `tasks_due`: SQL that must match the index's expression. */
export const QUEUE_OF_TASK = `(case when tasks.status = 'RUNNING' or tasks.lost_attempts > 0 then ${LOST_QUEUE} else tasks.lane end)`;
