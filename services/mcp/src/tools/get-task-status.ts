import { Id, Task } from '@millrace/contracts';
import { getTask } from '@millrace/db';
import { Type } from '@sinclair/typebox';
import { excerptPrompt, PromptExcerpt } from './prompt-excerpt.ts';
import { READ_ONLY, type Tool, ToolError } from './tool.ts';

const input = Type.Object(
  { task_id: Type.Unsafe<string>({ ...Id, description: "The task's id: a UUID" }) },
  { additionalProperties: false },
);

const { properties: field } = Task;
const output = Type.Object(
  {
    id: field.id,
    status: field.status,
    model: field.model,
    priority: field.priority,
    prompt_excerpt: PromptExcerpt,
    result: field.result,
    error: field.error,
    attempts: field.attempts,
    max_attempts: field.max_attempts,
    run_at: field.run_at,
    created_at: field.created_at,
    started_at: field.started_at,
    finished_at: field.finished_at,
    usage: field.usage,
  },
  { additionalProperties: false },
);

export const getTaskStatus: Tool<typeof input, typeof output> = {
  name: 'get_task_status',
  title: 'Get task status',
  description:
    'Reads one Millrace task by its id: its status, attempts and times, its result once COMPLETED, its error once ' +
    'FAILED. PENDING and RUNNING tasks go on by themselves, so to wait for one, call again after some seconds. ' +
    'A PENDING task with an error is tried again at run_at. If the id is not known, use list_tasks.',
  annotations: READ_ONLY,
  input,
  output,
  async run({ db }, { task_id }) {
    const task = await getTask(db, task_id);
    if (!task) {
      throw new ToolError(
        `task_id: there is no task ${task_id}. Check the id, or find the task with list_tasks.`,
      );
    }
    return {
      id: task.id,
      status: task.status,
      model: task.model,
      priority: task.priority,
      prompt_excerpt: excerptPrompt(task.prompt),
      result: task.result,
      error: task.error,
      attempts: task.attempts,
      max_attempts: task.max_attempts,
      run_at: task.run_at,
      created_at: task.created_at,
      started_at: task.started_at,
      finished_at: task.finished_at,
      usage: task.usage,
    };
  },
};
