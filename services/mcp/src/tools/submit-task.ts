import { submissionErrors, TaskCreate, Text } from '@millrace/contracts';
import { newTask, requestHash, submitFor, submitOnce } from '@millrace/db';
import { builtinTools } from '@millrace/tools';
import { Type } from '@sinclair/typebox';
import { inline, report } from '../content/report.ts';
import type { McpContext } from '../context.ts';
import { describeSummary, readSummary, summaryFields } from './task-summary.ts';
import { tooManyOpenTasks } from './too-many-open-tasks.ts';
import { defineTool, ToolError } from './tool.ts';

const toolNames = builtinTools.map(({ name }) => name);

export const submitTask = defineTool({
  name: 'submit_task',
  title: 'Submit task',
  description:
    'Submits a task to Millrace, which runs it in the background with a language model and tools. Returns its task_id ' +
    'immediately; call wait_for_task with that for the result. Only prompt is required. Set an idempotency_key so ' +
    'that calling again after a failure creates no second task.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  input: {
    ...TaskCreate.properties,
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'One of list_models; its default if omitted',
      }),
    ),
    idempotency_key: Type.Optional(
      Text({
        minLength: 1,
        maxLength: 255,
        pattern: '^[\\x21-\\x7e]+$',
        description:
          'A string of your choice for this submission. Sent again with the same arguments within a day, it returns ' +
          'the same task instead of creating another',
      }),
    ),
  },
  output: {
    ...summaryFields,
    created: Type.Boolean({ description: 'False: the idempotency key was used for this task before' }),
  },
  startsTask: true,
  async run(context, { idempotency_key: key, ...create }) {
    const { id, model, created } = await store(context, requireValid(context, create), key);
    if (created) context.metrics?.submitted.of(model).add();
    return { ...(await readSummary(context, id)), created };
  },
  describe: ({ created, ...summary }) =>
    report(
      created ? 'Submitted.' : 'This was submitted before; no second task was created.',
      describeSummary(summary),
    ),
});

/** @throws ToolError naming every argument that conflicts with the others or the model */
function requireValid({ models }: McpContext, create: TaskCreate): TaskCreate {
  const model = models.find(({ id }) => id === (create.model ?? models[0]!.id));
  if (!model) {
    const known = models.map(({ id }) => id).join(', ');
    throw new ToolError(
      `model ${inline(create.model ?? '', 100)} is not configured. Call again with one of ${known}, or without model.`,
    );
  }
  const errors = submissionErrors(create, { model, toolNames });
  if (errors.length === 0) return create;
  const reasons = errors.map(({ field, message }) => `${field.slice(1).replaceAll('/', '.')} ${message}.`);
  throw new ToolError(`No task was submitted: ${reasons.join(' ')}`);
}

async function store(
  { databases: { writing }, models, caller }: McpContext,
  create: TaskCreate,
  key: string | undefined,
) {
  const task = newTask(create, caller, { defaultModel: models[0]!.id, idempotencyKey: key ?? null });
  const { model } = task;
  if (key === undefined) {
    const stored = await submitFor(writing, caller, task);
    if (!stored) throw tooManyOpenTasks(caller, 'submitted');
    return { id: stored.id, model, created: true };
  }
  const keyed = { ...task, idempotency_key: key };
  const outcome = await submitOnce(writing, caller, keyed, requestHash(create));
  if (outcome.kind === 'full') throw tooManyOpenTasks(caller, 'submitted');
  if (outcome.kind !== 'conflict') return { id: outcome.task.id, model, created: outcome.kind === 'created' };
  throw new ToolError(
    `No task was submitted: this idempotency_key was used with other arguments, for task ${outcome.taskId}. ` +
      'Call again with a new key, or call get_task_status for that task.',
  );
}
