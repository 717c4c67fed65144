import type { Caller } from '@millrace/db';
import { ProblemError } from '../http/problem.ts';

/** A place is free as soon as any of the tasks has ended, which nobody can foretell. */
export const OPEN_TASKS_RETRY_AFTER = { 'retry-after': '5' };

export function openTasksDetail({ owner, max_open_tasks }: Caller): string {
  return `With this API key no task is added while ${owner} has ${max_open_tasks} that are PENDING or RUNNING; wait until some have ended.`;
}

export function tooManyOpenTasks(caller: Caller): ProblemError {
  return new ProblemError('open_tasks_limit', openTasksDetail(caller), { headers: OPEN_TASKS_RETRY_AFTER });
}
