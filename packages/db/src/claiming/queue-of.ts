/** The queue of running tasks and of those previously lost with their executor. Lower numbers are lanes. */
export const LOST_QUEUE = 3;

/** The queue of an unfinished task in the index `tasks_due`: SQL that must match the index's expression. */
export const QUEUE_OF_TASK = `(case when tasks.status = 'RUNNING' or tasks.lost_attempts > 0 then ${LOST_QUEUE} else tasks.lane end)`;

/**
 * What was due first, in a queue. The order begins with the queue although it is always the same: under row security, as for
 * the services' roles, the planner does not see that, and would read and sort the whole queue.
 */
export const DUE_FIRST = `${QUEUE_OF_TASK}, tasks.due_at`;
