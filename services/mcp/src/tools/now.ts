import { Timestamp } from '@millrace/contracts';
import { Type } from '@sinclair/typebox';

/** Models do not know what time it is: without it they can't tell for how long a task has waited, nor which are yesterday's. */
export const Now = Type.Unsafe<string>({ ...Timestamp, description: 'The present time' });

export function now(): string {
  return new Date().toISOString();
}
