import { TaskId } from './shared-fields.ts';
import { describeSummary, readSummary, summaryFields } from './task-summary.ts';
import { defineTool, READS } from './tool.ts';

export const getTaskStatus = defineTool({
  name: 'get_task_status',
  title: 'Get task status',
  description:
    'Reads the state of one Millrace task: its status, attempts and times, and the beginning of its output or error. ' +
    'Cheap and immediate. To wait for the end of a PENDING or RUNNING task, call wait_for_task instead of calling ' +
    'this repeatedly. If you do not know the id, call list_tasks.',
  annotations: READS,
  input: { task_id: TaskId },
  output: summaryFields,
  run: (context, { task_id }) => readSummary(context, task_id),
  describe: describeSummary,
});
