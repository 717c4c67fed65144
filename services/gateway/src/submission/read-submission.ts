import { excerpt, submissionErrors, TaskCreate } from '@millrace/contracts';
import { type Caller, type NewTask, newTask } from '@millrace/db';
import { builtinTools } from '@millrace/tools';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import { validateBody, validationFailed } from '../http/validate.ts';

const taskCreate = TypeCompiler.Compile(TaskCreate);
const toolNames = builtinTools.map(({ name }) => name);

/** Turns what clients submit into tasks to store. */
interface SubmissionReader {
  /** @throws ProblemError 422 */
  check(body: unknown): TaskCreate;
  /** Fills in the defaults. */
  prepare(caller: Caller, create: TaskCreate, idempotencyKey: string | null): NewTask;
}

export function createSubmissionReader({ models }: Pick<GatewayContext, 'models'>): SubmissionReader {
  const byId = new Map(models.map((model) => [model.id, model]));
  const defaultModel = models[0]!;

  function modelOf({ model: id = defaultModel.id }: TaskCreate) {
    const model = byId.get(id);
    if (model) return model;
    const message = `must be one of ${[...byId.keys()].join(', ')}`;
    const remedy = `Leave model out for ${defaultModel.id}; operators add models with MODELS.`;
    const detail = `"${excerpt(id)}" is not configured; model ${message}. ${remedy}`;
    throw new ProblemError('model_not_available', detail, { errors: [{ field: '/model', message }] });
  }

  return {
    check(body) {
      const create = validateBody(taskCreate, body);
      const errors = submissionErrors(create, { model: modelOf(create), toolNames });
      if (errors.length > 0) throw validationFailed(errors);
      return create;
    },
    prepare: (caller, create, idempotencyKey) =>
      newTask(create, caller, { defaultModel: defaultModel.id, idempotencyKey }),
  };
}
