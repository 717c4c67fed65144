import { type Static, Type } from '@sinclair/typebox';
import { CREATED_BETWEEN } from './created-between.ts';
import { Id } from './formats.ts';
import { StrictObject } from './strict-object.ts';
import { StringEnum } from './string-enum.ts';
import { FINISHED_STATUSES } from './task.ts';
import { Text } from './text.ts';

export const TASK_RETRY_DEFAULTS = { limit: 100 } as const;

/** Which finished tasks to run again. `status` is required, so that an empty body replays nothing. */
export const TaskRetryFilter = StrictObject({
  status: StringEnum(FINISHED_STATUSES, { description: 'How they ended' }),
  model: Type.Optional(Text({ minLength: 1, maxLength: 128 })),
  error_code: Type.Optional(
    Text({ minLength: 1, maxLength: 128, description: 'The `code` of the error they ended with' }),
  ),
  ...CREATED_BETWEEN,
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: TASK_RETRY_DEFAULTS.limit,
      description: 'At most this many, oldest first',
    }),
  ),
});

export const TaskRetryAnswer = StrictObject({
  count: Type.Integer({
    minimum: 0,
    description: 'How many are PENDING again; `limit` means there may be more',
  }),
  task_ids: Type.Array(Id),
});
export type TaskRetryAnswer = Static<typeof TaskRetryAnswer>;
