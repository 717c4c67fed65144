import { type Static, Type } from '@sinclair/typebox';
import { Id } from './formats.ts';
import { StrictObject } from './strict-object.ts';
import { TaskStatus } from './task.ts';
import { TaskStep } from './task-step.ts';

/** Far more than are ever put into one, and few enough to be claimed before they are out of date. */
const TASKS_MAX = 1_000;

/** On tasks.high, tasks.normal and tasks.low: these tasks may be ready. Postgres says whether they are. */
export const TasksReady = StrictObject({
  v: Type.Literal(1),
  task_ids: Type.Array(Id, { minItems: 1, maxItems: TASKS_MAX }),
});
export type TasksReady = Static<typeof TasksReady>;

const Attempt = Type.Integer({ minimum: 0, description: '0 before the first attempt' });

/** A committed change of a task's status. PENDING and final ones name the attempt before them. */
export const StatusEvent = StrictObject({
  v: Type.Literal(1),
  type: Type.Literal('status'),
  task_id: Id,
  attempt: Attempt,
  status: TaskStatus,
});
export type StatusEvent = Static<typeof StatusEvent>;

const TaskStatusChange = StrictObject({ task_id: Id, attempt: Attempt, status: TaskStatus });
export type TaskStatusChange = Static<typeof TaskStatusChange>;

/** Status events of many tasks in one message, for tasks without other events: the newest status of each. */
const StatusEvents = StrictObject({
  v: Type.Literal(1),
  type: Type.Literal('statuses'),
  changes: Type.Array(TaskStatusChange, { minItems: 1, maxItems: TASKS_MAX }),
});

/** A step was committed. */
const StepEvent = StrictObject({
  v: Type.Literal(1),
  type: Type.Literal('step'),
  task_id: Id,
  attempt: Attempt,
  step: TaskStep,
});
type StepEvent = Static<typeof StepEvent>;

/**
 * Text of a model's turn as it comes; stored nowhere before the step is committed. Now and then the whole
 * text so far is sent again, with `offset` 0, for those who began to listen midway.
 */
export const DeltaEvent = StrictObject({
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
});
export type DeltaEvent = Static<typeof DeltaEvent>;

/** What happens to a task. */
export type TaskEvent = StatusEvent | StepEvent | DeltaEvent;

/** On task.events: keyed by task_id, except those about many tasks. */
export const TaskEventMessage = Type.Union([StatusEvent, StepEvent, DeltaEvent, StatusEvents]);
export type TaskEventMessage = Static<typeof TaskEventMessage>;

/** On tasks.dead: a message that could not be read, with its place and its bytes. */
export const UnreadableMessage = StrictObject({
  v: Type.Literal(1),
  kind: Type.Literal('unreadable'),
  reason: Type.String(),
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.String(),
  value_base64: Type.String(),
});
export type UnreadableMessage = Static<typeof UnreadableMessage>;

/** On tasks.dead: a task that ended FAILED. */
export const FailedTask = StrictObject({
  v: Type.Literal(1),
  kind: Type.Literal('failed'),
  task_id: Id,
  code: Type.String(),
  message: Type.String(),
});
export type FailedTask = Static<typeof FailedTask>;
