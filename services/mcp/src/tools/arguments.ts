import { Id } from '@millrace/contracts';
import { Type } from '@sinclair/typebox';

/** Arguments that several tools take. */
export const TaskId = Type.Unsafe<string>({ ...Id, description: "The task's id, a UUID" });

export const NoArguments = Type.Object({}, { additionalProperties: false });

export const OnlyTaskId = Type.Object({ task_id: TaskId }, { additionalProperties: false });
