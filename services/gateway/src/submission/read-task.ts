import { TASK_DEFAULTS, TaskCreate } from '@millrace/contracts';
import { type NewTask, newTaskId } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { GatewayContext } from '../context.ts';
import { excerpt, ProblemError } from '../http/problem.ts';
import { validateBody, validationFailed } from '../http/validate.ts';

const taskCreate = TypeCompiler.Compile(TaskCreate);

export interface TaskReader {
  /** @throws ProblemError 422 */
  check(body: unknown): TaskCreate;
  /** Fills in what was left out. */
  prepare(create: TaskCreate, idempotencyKey: string | null): NewTask;
}

export function createTaskReader({ models }: Pick<GatewayContext, 'models'>): TaskReader {
  const ids = models.map(({ id }) => id);
  const defaultModel = ids[0]!;

  function requireModel(model: string): void {
    if (ids.includes(model)) return;
    const message = `must be one of ${ids.join(', ')}`;
    const remedy = `Leave model out for ${defaultModel}; operators add models with MODELS.`;
    const detail = `"${excerpt(model)}" is not configured; model ${message}. ${remedy}`;
    throw new ProblemError('model_not_available', detail, { errors: [{ field: '/model', message }] });
  }

  return {
    check(body) {
      const create = validateBody(taskCreate, body);
      if (create.run_at !== undefined && create.delay_ms !== undefined) {
        throw validationFailed([{ field: '/delay_ms', message: 'must not come with run_at; leave one out' }]);
      }
      if (create.model !== undefined) requireModel(create.model);
      return create;
    },
    prepare: (create, idempotencyKey) => ({
      id: newTaskId(),
      prompt: create.prompt,
      model: create.model ?? defaultModel,
      priority: create.priority ?? TASK_DEFAULTS.priority,
      max_attempts: create.max_attempts ?? TASK_DEFAULTS.max_attempts,
      timeout_ms: create.timeout_ms ?? TASK_DEFAULTS.timeout_ms,
      run_at: create.run_at ?? null,
      delay_ms: create.delay_ms ?? null,
      idempotency_key: idempotencyKey,
      metadata: create.metadata ?? {},
    }),
  };
}
