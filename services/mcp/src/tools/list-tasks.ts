import { Task, TaskListQuery, TaskPage } from '@millrace/contracts';
import { listTasks as listTaskPage } from '@millrace/db';
import { Type } from '@sinclair/typebox';
import { excerptPrompt, PromptExcerpt } from './prompt-excerpt.ts';
import { READ_ONLY, type Tool } from './tool.ts';

const input = Type.Pick(TaskListQuery, ['status', 'model', 'text', 'limit', 'cursor']);

const { properties: field } = Task;
const output = Type.Object(
  {
    tasks: Type.Array(
      Type.Object(
        {
          id: field.id,
          status: field.status,
          model: field.model,
          prompt_excerpt: PromptExcerpt,
          created_at: field.created_at,
          finished_at: field.finished_at,
        },
        { additionalProperties: false },
      ),
      { description: 'Newest first' },
    ),
    next_cursor: TaskPage.properties.next_cursor,
  },
  { additionalProperties: false },
);

export const listTasks: Tool<typeof input, typeof output> = {
  name: 'list_tasks',
  title: 'List tasks',
  description:
    'Lists Millrace tasks, newest first, optionally only those with a status, a model, or a text in their prompt. ' +
    'Results and errors are not included: read them with get_task_status. If next_cursor is not null there are ' +
    'more: call again with the same arguments and it as cursor.',
  annotations: READ_ONLY,
  input,
  output,
  async run({ db }, query) {
    const { tasks, next_cursor } = await listTaskPage(db, query);
    return {
      tasks: tasks.map(({ id, status, model, prompt, created_at, finished_at }) => ({
        id,
        status,
        model,
        prompt_excerpt: excerptPrompt(prompt),
        created_at,
        finished_at,
      })),
      next_cursor,
    };
  },
};
