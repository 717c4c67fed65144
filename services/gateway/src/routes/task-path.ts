import { Id } from '@millrace/contracts';
import { Type } from '@sinclair/typebox';
import { ProblemError } from '../http/problem.ts';

/** The path parameters of every route about one task. */
export const taskPath = Type.Object({ id: Id });

export function taskNotFound(id: string): ProblemError {
  return new ProblemError('task_not_found', `There is no task ${id}.`);
}
