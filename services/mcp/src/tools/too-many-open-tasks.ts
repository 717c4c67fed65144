import type { Caller } from '@millrace/db';
import { ToolError } from './tool.ts';

export function tooManyOpenTasks({ max_open_tasks }: Caller, what: 'submitted' | 'retried'): ToolError {
  return new ToolError(
    `No task was ${what}: with this API key its owner may have up to ${max_open_tasks} tasks PENDING or RUNNING. Call ` +
      'wait_for_task for one of them (list_tasks finds them), and then call this again.',
  );
}
