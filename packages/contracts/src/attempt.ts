import { type Static, Type } from '@sinclair/typebox';
import { Id, Timestamp } from './formats.ts';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';
import { StringEnum } from './string-enum.ts';
import { TaskError, TaskResult } from './task.ts';

/**
 * How an attempt ended. LOST: its executor died or fell silent. RELEASED: its executor was stopped and handed
 * the task back; that attempt does not count.
 */
export const ATTEMPT_OUTCOMES = ['COMPLETED', 'FAILED', 'LOST', 'RELEASED', 'CANCELLED'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export const Attempt = StrictObject({
  attempt: Type.Integer({ description: 'Counted from 1, continuing through replays' }),
  status: StringEnum(['RUNNING', ...ATTEMPT_OUTCOMES], {
    description: 'LOST: the executor died. RELEASED: it was stopped and handed the task back, uncounted',
  }),
  executor: Type.String(),
  started_at: Timestamp,
  ended_at: Nullable(Timestamp),
  error: Nullable(TaskError),
  result: Nullable(TaskResult),
});
export type Attempt = Static<typeof Attempt>;

export const AttemptList = StrictObject({
  task_id: Id,
  attempts: Type.Array(Attempt, { description: 'Oldest first' }),
  next_cursor: Nullable(Type.String({ description: 'Null on the last page, and only there' })),
});
export type AttemptList = Static<typeof AttemptList>;
