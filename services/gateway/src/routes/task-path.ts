import { Id, StrictObject } from '@millrace/contracts';
import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { ProblemError } from '../http/problem.ts';

/** The path parameters of every route about one task. */
export const taskPath = Type.Object({ id: Id });

/** For routes that refuse all query parameters. */
export const noQuery = TypeCompiler.Compile(StrictObject({}));

export function taskNotFound(id: string): ProblemError {
  return new ProblemError('task_not_found', `There is no task ${id}.`);
}
