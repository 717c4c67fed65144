import { TASK_DEFAULTS, TaskCreate } from '@millrace/contracts';
import { type NewTask, newTaskId } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { GatewayContext } from '../context.ts';
import { excerpt, ProblemError } from '../http/problem.ts';
import { validateBody, validationFailed } from '../http/validate.ts';
import { modelParameterErrors } from './model-parameters.ts';

const taskCreate = TypeCompiler.Compile(TaskCreate);

export interface TaskReader {
  /** @throws ProblemError 422 */
  check(body: unknown): TaskCreate;
  /** Fills in what was left out. */
  prepare(create: TaskCreate, idempotencyKey: string | null): NewTask;
}

export function createTaskReader({ models }: Pick<GatewayContext, 'models'>): TaskReader {
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
      const errors = modelParameterErrors(create, modelOf(create));
      if (create.run_at !== undefined && create.delay_ms !== undefined) {
        errors.push({ field: '/delay_ms', message: 'must not come with run_at; leave one out' });
      }
      if (errors.length > 0) throw validationFailed(errors);
      return create;
    },
    prepare(create, idempotency_key) {
      // The rest, prompt and parameters of the model, goes as it came: what was left out makes no statement longer.
      const { model, priority, max_attempts, timeout_ms, run_at, delay_ms, metadata, ...rest } = create;
      return {
        id: newTaskId(),
        model: model ?? defaultModel.id,
        priority: priority ?? TASK_DEFAULTS.priority,
        max_attempts: max_attempts ?? TASK_DEFAULTS.max_attempts,
        timeout_ms: timeout_ms ?? TASK_DEFAULTS.timeout_ms,
        run_at: run_at ?? null,
        delay_ms: delay_ms ?? null,
        idempotency_key,
        metadata: metadata ?? {},
        ...rest,
      };
    },
  };
}
