import type { Caller } from '@millrace/db';
import { ProblemError } from '../http/problem.ts';

/** There is room as soon as any of the tasks ends, which cannot be predicted. */
export const OPEN_TASKS_RETRY_AFTER = { 'retry-after': '5' };

export function openTasksDetail({ owner, max_open_tasks }: Caller): string {
  return `With this API key ${owner} may have up to ${max_open_tasks} tasks PENDING or RUNNING; wait until some have ended.`;
}

export function tooManyOpenTasks(caller: Caller): ProblemError {
  return new ProblemError('open_tasks_limit', openTasksDetail(caller), { headers: OPEN_TASKS_RETRY_AFTER });
}
