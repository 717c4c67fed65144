import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Problem } from './problem.ts';
import { StrictObject } from './strict-object.ts';
import { Task } from './task.ts';
import { TaskCreate } from './task-create.ts';

function batchOf<Item extends TSchema>(item: Item) {
  return StrictObject({
    tasks: Type.Array(item, { minItems: 1, maxItems: 1000 }),
    atomic: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'All of the tasks or none: an invalid one refuses all',
      }),
    ),
  });
}

export const TaskBatchCreate = batchOf(TaskCreate);

/** A batch whose tasks are still unchecked, so that each can have an outcome of its own. */
export const TaskBatchEnvelope = batchOf(Type.Unknown());
export type TaskBatchEnvelope = Static<typeof TaskBatchEnvelope>;

export const TaskBatchOutcome = StrictObject({
  status: Type.Integer({
    description: 'What `POST /tasks` would have answered: 202 with `task`, else `problem`',
  }),
  task: Type.Optional(Task),
  problem: Type.Optional(Problem),
});
export type TaskBatchOutcome = Static<typeof TaskBatchOutcome>;

export const TaskBatchAnswer = StrictObject({
  accepted: Type.Integer({ minimum: 0, description: 'How many are stored' }),
  outcomes: Type.Array(TaskBatchOutcome, { description: 'One for each task, in the order of the request' }),
});
export type TaskBatchAnswer = Static<typeof TaskBatchAnswer>;
