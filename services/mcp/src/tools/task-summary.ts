import { Nullable, Task } from '@millrace/contracts';
import { peekTask, type TaskCloseUp } from '@millrace/db';
import { type Static, type TObject, Type } from '@sinclair/typebox';
import { plainName } from '../content/clean-text.ts';
import { quoted, report } from '../content/report.ts';
import { Untrusted, untrusted } from '../content/untrusted.ts';
import type { McpContext } from '../context.ts';
import { Now, now } from './shared-fields.ts';
import { describeTaskError, TaskErrorView, taskErrorView } from './task-error-view.ts';
import { ToolError } from './tool.ts';

const PROMPT_BYTES_MAX = 300;

const { properties: field } = Task;

/** The fields of every answer about one task. */
export const commonFields = {
  task_id: field.id,
  status: field.status,
  model: field.model,
  priority: field.priority,
  attempts: field.attempts,
  max_attempts: field.max_attempts,
  run_at: field.run_at,
  created_at: field.created_at,
  started_at: field.started_at,
  finished_at: field.finished_at,
  now: Now,
  error: Nullable(TaskErrorView),
};
type Common = Static<TObject<typeof commonFields>>;

/** The fields of what most tools about one task answer. */
export const summaryFields = {
  ...commonFields,
  prompt: Untrusted,
  output: Nullable(Untrusted),
  next: Type.String({ description: 'What to do now' }),
};
type TaskSummary = Static<TObject<typeof summaryFields>>;

/** @throws ToolError if there is no such task */
export async function readSummary(context: McpContext, taskId: string): Promise<TaskSummary> {
  return summaryOf(await requireTask(context, taskId));
}

/** @throws ToolError */
export async function requireTask({ databases, caller }: McpContext, taskId: string): Promise<TaskCloseUp> {
  const task = await peekTask(databases.reading, caller, taskId);
  if (!task) throw noSuchTask(taskId);
  return task;
}

export function noSuchTask(taskId: string): ToolError {
  return new ToolError(
    `There is no task ${taskId}: the id is wrong, or the task was deleted some time after it ended. ` +
      'Call list_tasks to find the task.',
  );
}

export function commonOf(
  task: Pick<Task, 'id' | 'error' | Exclude<keyof Common, 'task_id' | 'now'>>,
): Common {
  return {
    task_id: task.id,
    status: task.status,
    model: plainName(task.model),
    priority: task.priority,
    attempts: task.attempts,
    max_attempts: task.max_attempts,
    run_at: task.run_at,
    created_at: task.created_at,
    started_at: task.started_at,
    finished_at: task.finished_at,
    now: now(),
    error: task.error && taskErrorView(task.error),
  };
}

export function summaryOf(task: TaskCloseUp): TaskSummary {
  const { output_head: head, output_length: length } = task;
  const output = head === null ? null : untrusted(head, { length: length ?? 0 });
  return {
    ...commonOf(task),
    prompt: untrusted(task.prompt_head, { length: task.prompt_length, bytesMax: PROMPT_BYTES_MAX }),
    output,
    next: nextStep(task, output),
  };
}

function nextStep({ status, error, run_at }: TaskCloseUp, output: Untrusted | null): string {
  switch (status) {
    case 'PENDING':
      if (error) {
        return `Its last attempt failed; it is retried automatically at ${run_at}. Call wait_for_task to wait for that.`;
      }
      if (Date.parse(run_at) > Date.now()) {
        return `It will not run before ${run_at}: call wait_for_task then, or get_task_status.`;
      }
      return 'Call wait_for_task to wait for its end.';
    case 'RUNNING':
      return 'Call wait_for_task to wait for its end, or get_task_timeline to see what it is doing.';
    case 'COMPLETED':
      return output?.truncated
        ? 'Call get_task_result to read the whole output.'
        : 'Nothing: the output is complete here.';
    case 'FAILED':
      return error?.retryable === false
        ? 'Call get_task_timeline to see what led to this. Run again unchanged, it is likely to fail again.'
        : 'Call get_task_timeline to see what led to this; retry_task, if you have it, runs it again.';
    case 'CANCELLED':
      return 'Nothing: it was cancelled. retry_task, if you have it, runs it again.';
  }
}

export function describeSummary(summary: TaskSummary): string {
  const { task_id, status, model, priority } = summary;
  return report(
    `Task ${task_id} is ${status}: model ${model}, priority ${priority}, ${describeAttempts(summary)}.`,
    describeTimes(summary),
    quoted('Prompt', summary.prompt),
    summary.output && quoted('Output', summary.output),
    summary.error && describeTaskError(summary.error),
    `Next: ${summary.next}`,
  );
}

/** All attempts are counted, but those before a replay do not count against the maximum. */
export function describeAttempts({
  attempts,
  max_attempts,
}: Pick<TaskSummary, 'attempts' | 'max_attempts'>): string {
  if (attempts <= max_attempts) return `attempt ${attempts} of ${max_attempts}`;
  return `attempt ${attempts} (up to ${max_attempts}, counted anew after a retry)`;
}

export function describeTimes({
  created_at,
  started_at,
  finished_at,
  now,
}: Pick<TaskSummary, 'created_at' | 'started_at' | 'finished_at' | 'now'>): string {
  const times = [`Created ${created_at}`];
  if (started_at) times.push(`started ${started_at}`);
  if (finished_at) times.push(`ended ${finished_at}`);
  return `${times.join(', ')}. Now it is ${now}.`;
}
