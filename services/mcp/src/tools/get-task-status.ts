import { OnlyTaskId } from './arguments.ts';
import { describeSummary, readSummary, TaskSummary } from './task-summary.ts';
import { READS, type Tool } from './tool.ts';

export const getTaskStatus: Tool<typeof OnlyTaskId, typeof TaskSummary> = {
  name: 'get_task_status',
  title: 'Get task status',
  description:
    'Reads the state of one Millrace task: its status, attempts and times, and the beginning of its output or error. ' +
    'Cheap and immediate. To wait for the end of a PENDING or RUNNING task, call wait_for_task instead of calling ' +
    'this repeatedly. If you do not know the id, call list_tasks.',
  annotations: READS,
  scope: 'tasks:read',
  input: OnlyTaskId,
  output: TaskSummary,
  run: (context, { task_id }) => readSummary(context, task_id),
  describe: describeSummary,
};
