import { Id } from '@millrace/contracts';
import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { ProblemError } from '../http/problem.ts';

/** The path of whatever concerns one task. */
export const taskPath = Type.Object({ id: Id });

/** For routes that take no parameters, and say so to who sends some. */
export const noQuery = TypeCompiler.Compile(Type.Object({}, { additionalProperties: false }));

export function taskNotFound(id: string): ProblemError {
  return new ProblemError('task_not_found', `There is no task ${id}.`);
}
