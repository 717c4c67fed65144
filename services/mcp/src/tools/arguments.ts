import { Id } from '@millrace/contracts';
import { Type } from '@sinclair/typebox';

/** Arguments that several tools take. */
export const TaskId = Type.Unsafe<string>({ ...Id, description: "The task's id, a UUID" });

export const Nothing = Type.Object({}, { additionalProperties: false });

export const JustTaskId = Type.Object({ task_id: TaskId }, { additionalProperties: false });
