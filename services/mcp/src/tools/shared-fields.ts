import { Id, Timestamp } from '@millrace/contracts';
import { Type } from '@sinclair/typebox';

export const TaskId = Type.Unsafe<string>({ ...Id, description: "The task's id, a UUID" });

/** Models do not know what time it is: without it they cannot tell how long a task has waited, or which ones are from yesterday. */
export const Now = Type.Unsafe<string>({ ...Timestamp, description: 'The current time' });

export function now(): string {
  return new Date().toISOString();
}
