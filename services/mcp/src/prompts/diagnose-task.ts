import { Id } from '@millrace/contracts';
import { Value } from '@sinclair/typebox/value';
import { completeFailedTaskId } from '../completion/complete.ts';
import { describeTimeline } from '../resources/contents.ts';
import { describeSummary, readSummary } from '../tools/task-summary.ts';
import { ToolError } from '../tools/tool.ts';
import type { Prompt } from './prompt.ts';

export const diagnoseTask: Prompt = {
  name: 'diagnose_task',
  title: 'Diagnose a task',
  description: 'Find out why a Millrace task failed, was retried or is slow, and what to do about it.',
  arguments: [
    { name: 'task_id', description: "The task's id", required: true, complete: completeFailedTaskId },
  ],
  async render(context, { task_id = '' }) {
    if (!Value.Check(Id, task_id)) throw new ToolError('task_id must be the UUID of a task.');
    const summary = await readSummary(context, task_id);
    return [
      `Find out what happened to the Millrace task ${task_id}. Below is what Millrace knows about it. Say in a few ` +
        'sentences: what happened, in which attempt and step; the most likely cause, with the evidence; whether ' +
        'running it again can help or what has to change first. If entries are missing, read on with ' +
        'get_task_timeline. Change nothing without being asked.',
      describeSummary(summary),
      await describeTimeline(context, task_id),
    ];
  },
};
