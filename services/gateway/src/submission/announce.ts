import { laneOf, type Task } from '@millrace/contracts';
import type { TaskProducer } from '@millrace/stream';

/**
 * Announces a task that was just committed. From here on nothing may fail or delay the answer, and this does
 * neither. A task that is not due yet is left to the rescue path.
 */
export function announceIfDue(
  producer: Pick<TaskProducer, 'announce'>,
  task: Pick<Task, 'id' | 'priority' | 'run_at' | 'created_at'>,
  traceparent: string | undefined,
): void {
  // Both by the clock of Postgres.
  if (task.run_at > task.created_at) return;
  producer.announce({ task_id: task.id, lane: laneOf(task.priority), traceparent });
}
