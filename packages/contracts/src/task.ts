import { type Static, Type } from '@sinclair/typebox';
import { Id, Timestamp } from './formats.ts';
import { ModelParameters } from './model-parameters.ts';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';
import { StringEnum } from './string-enum.ts';
import { Text } from './text.ts';
import { Usage } from './usage.ts';

export const TASK_STATUSES = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export const TaskStatus = StringEnum(TASK_STATUSES, {
  description: 'PENDING → RUNNING → COMPLETED, FAILED or CANCELLED',
});
export type TaskStatus = Static<typeof TaskStatus>;

export const FINISHED_STATUSES = ['COMPLETED', 'FAILED', 'CANCELLED'] as const;

export function isFinished(status: TaskStatus): status is (typeof FINISHED_STATUSES)[number] {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/** One step on the way to the result; `GET /tasks/:id/steps` tells more about it. */
export const ResultStep = StrictObject({
  kind: StringEnum(['tool', 'model']),
  name: Type.String({ description: 'The tool or model that was called' }),
  arguments: Type.Record(Type.String(), Type.Unknown()),
  output: Type.String(),
});
export type ResultStep = Static<typeof ResultStep>;

export const TaskResult = StrictObject({ output: Type.String(), steps: Type.Array(ResultStep) });
export type TaskResult = Static<typeof TaskResult>;

/** Why an attempt ended without a result; `code` is stable, `message` is for people. */
export const TaskError = StrictObject({
  code: Type.String({ description: 'Stable, such as `timeout`; docs/models.md lists them' }),
  message: Type.String({ description: 'What went wrong and what to do about it' }),
  retryable: Type.Boolean({
    description:
      'Whether another attempt could succeed; it is made by itself unless `max_attempts` is reached',
  }),
});
export type TaskError = Static<typeof TaskError>;

/** Up to 16 pairs, returned unchanged; values are strings so that they stay searchable and bounded. */
export const Metadata = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,64}$' }),
  Text({ maxLength: 512 }),
  {
    additionalProperties: false,
    maxProperties: 16,
    description: 'Up to 16 pairs; keys of 1–64 letters, digits or _ . : -',
  },
);

export const Task = StrictObject({
  id: Id,
  prompt: Type.String(),
  model: Type.String(),
  priority: Type.Integer({ minimum: 0, maximum: 9 }),
  status: TaskStatus,
  result: Nullable(TaskResult),
  error: Nullable(TaskError),
  attempts: Type.Integer({
    description: 'How often an executor has taken the task, continuing through replays',
  }),
  max_attempts: Type.Integer({
    description: 'Attempts before the task is FAILED, counted anew after a replay',
  }),
  timeout_ms: Type.Integer({ description: 'How long one attempt may take' }),
  run_at: { ...Timestamp, description: 'When the next attempt may start' },
  ...ModelParameters,
  metadata: Metadata,
  idempotency_key: Nullable(Type.String()),
  owner: Nullable(
    Type.String({ description: 'The owner of the API key it was submitted with; null without a key' }),
  ),
  created_at: Timestamp,
  started_at: Nullable(Timestamp),
  finished_at: Nullable(Timestamp),
  usage: Nullable(Usage),
});
export type Task = Static<typeof Task>;
