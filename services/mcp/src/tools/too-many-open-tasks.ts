import type { Caller } from '@millrace/db';
import { ToolError } from './tool.ts';

export function tooManyOpenTasks({ max_open_tasks }: Caller, what: 'submitted' | 'retried'): ToolError {
  return new ToolError(
    `No task was ${what}: with this API key none is while ${max_open_tasks} of its owner's are PENDING or RUNNING. Call ` +
      'wait_for_task for one of them, list_tasks to find them, and then call this again.',
  );
}
