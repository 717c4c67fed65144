import { type Static, Type } from '@sinclair/typebox';
import { CREATED_BETWEEN } from './created-between.ts';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';
import { Task, TaskStatus } from './task.ts';
import { Text } from './text.ts';

export const TaskListQuery = StrictObject({
  status: Type.Optional(TaskStatus),
  model: Type.Optional(Text({ minLength: 1, maxLength: 128 })),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
  owner: Type.Optional(
    Text({
      minLength: 1,
      maxLength: 64,
      description: 'Only tasks of this owner; useful to those who see all',
    }),
  ),
  ...CREATED_BETWEEN,
  text: Type.Optional(
    Text({ minLength: 1, maxLength: 200, description: 'Part of the prompt, in upper or lower case' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: Type.Optional(
    Type.String({ format: 'list-cursor', description: '`next_cursor` of the previous page' }),
  ),
});
export type TaskListQuery = Static<typeof TaskListQuery>;

export const TaskPage = StrictObject({
  tasks: Type.Array(Task, {
    description:
      'Newest first. A page ends early at about 1 MiB, and where few match it may be short, or empty, although others follow',
  }),
  next_cursor: Nullable(Type.String({ description: 'Null on the last page, and only there' })),
});
export type TaskPage = Static<typeof TaskPage>;
