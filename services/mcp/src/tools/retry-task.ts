import { replayTask } from '@millrace/db';
import { report } from '../content/report.ts';
import { TaskId } from './shared-fields.ts';
import { describeSummary, noSuchTask, readSummary, summaryFields } from './task-summary.ts';
import { tooManyOpenTasks } from './too-many-open-tasks.ts';
import { defineTool, ToolError } from './tool.ts';

export const retryTask = defineTool({
  name: 'retry_task',
  title: 'Retry task',
  description:
    'Runs a finished Millrace task again, from the beginning and with its full number of attempts: for a FAILED or ' +
    'CANCELLED task, or to redo a COMPLETED one. Its current output or error moves into its timeline. A PENDING or ' +
    'RUNNING task is retried automatically and needs no call.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: { task_id: TaskId },
  output: summaryFields,
  async run(context, { task_id }) {
    const replay = await replayTask(context.databases.writing, context.caller, task_id);
    if (!replay) throw noSuchTask(task_id);
    if (replay.full) throw tooManyOpenTasks(context.caller, 'retried');
    if (!replay.changed) {
      throw new ToolError(
        `Task ${task_id} is ${replay.task.status}: it has not ended, and nothing was changed. Call wait_for_task, or ` +
          'cancel_task first to start over.',
      );
    }
    return readSummary(context, task_id);
  },
  describe: (summary) => report('It will run again.', describeSummary(summary)),
});
