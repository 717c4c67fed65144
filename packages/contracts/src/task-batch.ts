import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Problem } from './problem.ts';
import { Task } from './task.ts';
import { TaskCreate } from './task-create.ts';

function batchOf<Item extends TSchema>(item: Item) {
  return Type.Object(
    {
      tasks: Type.Array(item, { minItems: 1, maxItems: 1000 }),
      atomic: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'All of the tasks or none: an invalid one refuses all',
        }),
      ),
    },
    { additionalProperties: false },
  );
}

export const TaskBatchCreate = batchOf(TaskCreate);
export type TaskBatchCreate = Static<typeof TaskBatchCreate>;

/** A batch whose tasks are still unchecked, so that each can have an outcome of its own. */
export const TaskBatchEnvelope = batchOf(Type.Unknown());

export const TaskBatchOutcome = Type.Object(
  {
    status: Type.Integer({
      description: 'What `POST /tasks` would have answered: 202 with `task`, else `problem`',
    }),
    task: Type.Optional(Task),
    problem: Type.Optional(Problem),
  },
  { additionalProperties: false },
);
export type TaskBatchOutcome = Static<typeof TaskBatchOutcome>;

export const TaskBatchAnswer = Type.Object(
  {
    accepted: Type.Integer({ minimum: 0, description: 'How many were stored' }),
    outcomes: Type.Array(TaskBatchOutcome, { description: 'One for each task, in the order of the request' }),
  },
  { additionalProperties: false },
);
export type TaskBatchAnswer = Static<typeof TaskBatchAnswer>;
