import { Id, Timestamp } from '@millrace/contracts';

export const TaskId = { ...Id, description: "The task's id, a UUID" };

/**
 * Models do not know what time it is: without it they cannot tell how long a task has waited, or which ones
 * are from yesterday.
 */
export const Now = { ...Timestamp, description: 'The current time' };

export function now(): string {
  return new Date().toISOString();
}
