import type { TaskStatus } from '@millrace/contracts';

/** Conditions on `tasks`, as literals: only those let the planner use a partial index on the status. */
const CONDITIONS: Record<TaskStatus, string> = {
  PENDING: "tasks.status = 'PENDING'",
  RUNNING: "tasks.status = 'RUNNING'",
  COMPLETED: "tasks.status = 'COMPLETED'",
  FAILED: "tasks.status = 'FAILED'",
  CANCELLED: "tasks.status = 'CANCELLED'",
};

/**
 * Whether indexes begin with the status. It then belongs into the order: under row security, as for the services' roles,
 * the planner does not see that it is always the same, and might walk the primary key.
 */
export function isIndexed(status: TaskStatus | undefined): status is 'FAILED' | 'CANCELLED' {
  return status === 'FAILED' || status === 'CANCELLED';
}

/** To be inserted into a statement unquoted. */
export function statusIs(status: TaskStatus): string {
  return CONDITIONS[status];
}
