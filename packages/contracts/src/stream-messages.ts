import { type Static, Type } from '@sinclair/typebox';
import { Id } from './formats.ts';
import { TaskStatus } from './task.ts';
import { TaskStep } from './task-step.ts';

/** On tasks.high, tasks.normal and tasks.low: this task may be ready. Postgres says whether it is. */
export const TaskReady = Type.Object({ v: Type.Literal(1), task_id: Id }, { additionalProperties: false });
export type TaskReady = Static<typeof TaskReady>;

const Attempt = Type.Integer({ minimum: 0, description: '0 before the first attempt' });

/** A task has another status, and it is committed. PENDING and the final ones name the attempt that was before them. */
export const StatusEvent = Type.Object(
  { v: Type.Literal(1), type: Type.Literal('status'), task_id: Id, attempt: Attempt, status: TaskStatus },
  { additionalProperties: false },
);
export type StatusEvent = Static<typeof StatusEvent>;

/** A step was made, and it is committed. */
export const StepEvent = Type.Object(
  { v: Type.Literal(1), type: Type.Literal('step'), task_id: Id, attempt: Attempt, step: TaskStep },
  { additionalProperties: false },
);
export type StepEvent = Static<typeof StepEvent>;

/**
 * Text of a model's turn as it comes; committed nowhere before the step is. Now and then the whole text so far is sent again, with
 * `offset` 0, for those who began to listen in the middle.
 */
export const DeltaEvent = Type.Object(
  {
    v: Type.Literal(1),
    type: Type.Literal('delta'),
    task_id: Id,
    attempt: Attempt,
    seq: Type.Integer({ minimum: 1, description: 'Of the step that this will be part of' }),
    offset: Type.Integer({
      minimum: 0,
      description: 'Where in its output the text begins, in UTF-16 code units',
    }),
    text: Type.String(),
  },
  { additionalProperties: false },
);
export type DeltaEvent = Static<typeof DeltaEvent>;

/** On task.events, keyed by task_id: what happens to a task. */
export const TaskEvent = Type.Union([StatusEvent, StepEvent, DeltaEvent]);
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
