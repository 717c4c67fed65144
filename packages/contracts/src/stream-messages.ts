import { type Static, Type } from '@sinclair/typebox';
import { Id } from './formats.ts';
import { TaskStatus } from './task.ts';

/** On tasks.high, tasks.normal and tasks.low: this task may be ready. Postgres says whether it is. */
export const TaskReady = Type.Object({ v: Type.Literal(1), task_id: Id }, { additionalProperties: false });
export type TaskReady = Static<typeof TaskReady>;

/** On task.events, keyed by task_id: what happened to a task, after it was committed. */
export const TaskEvent = Type.Object(
  {
    v: Type.Literal(1),
    task_id: Id,
    status: TaskStatus,
    attempt: Type.Integer({ description: '0 before the first attempt' }),
  },
  { additionalProperties: false },
);
export type TaskEvent = Static<typeof TaskEvent>;

/** On tasks.dead: a message that nobody could read, with where it lay and its bytes. */
export const UnreadableMessage = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.Literal('unreadable'),
    reason: Type.String(),
    topic: Type.String(),
    partition: Type.Integer(),
    offset: Type.String(),
    value_base64: Type.String(),
  },
  { additionalProperties: false },
);
export type UnreadableMessage = Static<typeof UnreadableMessage>;

/** On tasks.dead: a task that ended FAILED. */
export const FailedTask = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.Literal('failed'),
    task_id: Id,
    code: Type.String(),
    message: Type.String(),
  },
  { additionalProperties: false },
);
export type FailedTask = Static<typeof FailedTask>;
