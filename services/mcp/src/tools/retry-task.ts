import { replayTask } from '@millrace/db';
import { report } from '../content/report.ts';
import { JustTaskId } from './arguments.ts';
import { describeSummary, noSuchTask, readSummary, TaskSummary } from './task-summary.ts';
import { tooManyOpenTasks } from './too-many-open-tasks.ts';
import { type Tool, ToolError } from './tool.ts';

export const retryTask: Tool<typeof JustTaskId, typeof TaskSummary> = {
  name: 'retry_task',
  title: 'Retry task',
  description:
    'Runs a Millrace task that has ended once more, from the beginning and with all its attempts: for a FAILED or ' +
    'CANCELLED task, or to have a COMPLETED one done anew. Its present output or error moves into its timeline. ' +
    'A PENDING or RUNNING task is retried by itself and needs no call.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  scope: 'tasks:write',
  input: JustTaskId,
  output: TaskSummary,
  async run(context, { task_id }) {
    const replay = await replayTask(context.databases.writing, context.caller, task_id);
    if (!replay) throw noSuchTask(task_id);
    if (replay.full) throw tooManyOpenTasks(context.caller, 'retried');
    if (!replay.changed) {
      throw new ToolError(
        `Task ${task_id} is ${replay.task.status}: it has not ended, and nothing was changed. Call wait_for_task, or ` +
          'cancel_task first to begin anew.',
      );
    }
    return readSummary(context, task_id);
  },
  describe: (summary) => report('It runs once more.', describeSummary(summary)),
};
