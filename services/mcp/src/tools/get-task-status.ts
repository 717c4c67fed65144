import { JustTaskId } from './arguments.ts';
import { describeSummary, readSummary, TaskSummary } from './task-summary.ts';
import { READS, type Tool } from './tool.ts';

export const getTaskStatus: Tool<typeof JustTaskId, typeof TaskSummary> = {
  name: 'get_task_status',
  title: 'Get task status',
  description:
    'Reads how one Millrace task is doing: its status, attempts and times, and how its output or error begins. ' +
    'Cheap, answers at once. To wait for the end of a PENDING or RUNNING task, call wait_for_task instead of ' +
    'calling this again and again. If you do not know the id, call list_tasks.',
  annotations: READS,
  scope: 'tasks:read',
  input: JustTaskId,
  output: TaskSummary,
  run: (context, { task_id }) => readSummary(context, task_id),
  describe: describeSummary,
};
