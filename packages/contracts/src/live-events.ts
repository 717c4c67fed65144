import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';
import { Task, TaskError, TaskStatus } from './task.ts';
import { TaskStep } from './task-step.ts';

const Attempt = Type.Integer({ minimum: 1, description: 'The attempt that the turn belongs to' });
const Seq = Type.Integer({ minimum: 1, description: 'Number of the step whose output the text will be' });

/** Output of a model's turn in progress, from its beginning. */
export const PartialOutput = StrictObject({ attempt: Attempt, seq: Seq, text: Type.String() });

/** The event `snapshot`: everything up to now. */
export const TaskSnapshot = StrictObject({
  task: Task,
  steps: Type.Array(TaskStep, {
    description: 'Oldest first. The rest of a very long history follows as events',
  }),
  partial: Nullable(PartialOutput),
});
export type TaskSnapshot = Static<typeof TaskSnapshot>;

/** The event `status`: RUNNING when an attempt begins, PENDING when it is over and the task waits for another. */
export const StatusChange = StrictObject({
  attempt: Type.Integer({ minimum: 0, description: 'The attempt that began or is over' }),
  status: TaskStatus,
  error: Nullable(TaskError),
});
export type StatusChange = Static<typeof StatusChange>;

/** The event `delta`: text that continues, from `offset` on, the output of the turn in progress. */
export const OutputDelta = StrictObject({
  attempt: Attempt,
  seq: Seq,
  offset: Type.Integer({
    minimum: 0,
    description: 'Where the text belongs, in UTF-16 code units; it replaces everything from there on',
  }),
  text: Type.String(),
});
export type OutputDelta = Static<typeof OutputDelta>;

/** What `GET /tasks/:id/events` sends. */
export type LiveEvent =
  | { readonly type: 'snapshot'; readonly data: TaskSnapshot }
  | { readonly type: 'status'; readonly data: StatusChange }
  | { readonly type: 'step'; readonly data: TaskStep }
  | { readonly type: 'delta'; readonly data: OutputDelta }
  /** The task as it ended; nothing comes after it. */
  | { readonly type: 'end'; readonly data: Task };
