import { type Static, Type } from '@sinclair/typebox';
import { Timestamp } from './formats.ts';
import { ModelParametersCreate } from './model-parameters.ts';
import { StrictObject } from './strict-object.ts';
import { Metadata } from './task.ts';
import { Text } from './text.ts';

export const PROMPT_LENGTH_MAX = 100_000;
export const TASK_DEFAULTS = { priority: 5, max_attempts: 3, timeout_ms: 300_000 } as const;

/** A task as submitted. Omitted fields take the defaults that `Task` then shows. */
export const TaskCreate = StrictObject(
  {
    prompt: Text({
      minLength: 1,
      maxLength: PROMPT_LENGTH_MAX,
      pattern: '\\S',
      description: 'What to do, in words',
    }),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'One of GET /models; its default if omitted',
      }),
    ),
    priority: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 9,
        default: TASK_DEFAULTS.priority,
        description: '7–9 high, 4–6 normal, 0–3 low',
      }),
    ),
    max_attempts: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 20,
        default: TASK_DEFAULTS.max_attempts,
        description: 'Attempts before the task is FAILED',
      }),
    ),
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 3_600_000,
        default: TASK_DEFAULTS.timeout_ms,
        description: 'How long one attempt may take',
      }),
    ),
    run_at: Type.Optional({ ...Timestamp, description: 'Not before this time; excludes delay_ms' }),
    delay_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 31_536_000_000,
        description: 'Not before this long from now, at most a year; excludes run_at',
      }),
    ),
    ...ModelParametersCreate,
    metadata: Type.Optional(Metadata),
  },
  {
    examples: [
      { prompt: '计算 1+1', priority: 5 },
      { prompt: 'what time is it in Tokyo', model: 'builtin', priority: 9, metadata: { team: 'search' } },
    ],
  },
);
export type TaskCreate = Static<typeof TaskCreate>;
