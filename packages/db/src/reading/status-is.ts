import type { TaskStatus } from '@millrace/contracts';

/** Conditions on `tasks`, as literals: only those tell the planner that a partial index has all of a status. */
const CONDITIONS: Record<TaskStatus, string> = {
  PENDING: "tasks.status = 'PENDING'",
  RUNNING: "tasks.status = 'RUNNING'",
  COMPLETED: "tasks.status = 'COMPLETED'",
  FAILED: "tasks.status = 'FAILED'",
  CANCELLED: "tasks.status = 'CANCELLED'",
};

/** To go into a statement as it is. */
export function statusIs(status: TaskStatus): string {
  return CONDITIONS[status];
}
