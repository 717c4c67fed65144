import type { Caller } from '@millrace/db';
import { ProblemError } from '../http/problem.ts';

/** There is room as soon as any of the tasks ends, which cannot be predicted. */
export const OPEN_TASKS_RETRY_AFTER = { 'retry-after': '5' };

export function tooManyOpenTasks({ owner, max_open_tasks }: Caller): ProblemError {
  const detail = `With this API key ${owner} may have up to ${max_open_tasks} tasks PENDING or RUNNING; wait until some have ended.`;
  return new ProblemError('open_tasks_limit', detail, { headers: OPEN_TASKS_RETRY_AFTER });
}
