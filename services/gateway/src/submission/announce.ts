import { laneOf, type Task } from '@millrace/contracts';
import type { TaskProducer } from '@millrace/stream';

/**
 * Rings for a task that was just committed. From there on nothing may fail or delay the answer, and this does neither. What is
 * for later is not announced: the rescue path finds it when it is due.
 */
export function announceIfDue(
  producer: Pick<TaskProducer, 'announce'>,
  task: Pick<Task, 'id' | 'priority' | 'run_at' | 'created_at'>,
  traceparent: string | undefined,
): void {
  // Both are by the clock of Postgres.
  if (task.run_at > task.created_at) return;
  producer.announce({ task_id: task.id, lane: laneOf(task.priority), traceparent });
}
