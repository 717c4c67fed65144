import type { TaskStatus } from '@millrace/contracts';

/** Conditions on `tasks`, as literals: only those let the planner use a partial index on the status. */
const CONDITIONS: Record<TaskStatus, string> = {
  PENDING: "tasks.status = 'PENDING'",
  RUNNING: "tasks.status = 'RUNNING'",
  COMPLETED: "tasks.status = 'COMPLETED'",
  FAILED: "tasks.status = 'FAILED'",
  CANCELLED: "tasks.status = 'CANCELLED'",
};

/** To be inserted into a statement unquoted. */
export function statusIs(status: TaskStatus): string {
  return CONDITIONS[status];
}
