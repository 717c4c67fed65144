import { TASK_DEFAULTS, type TaskCreate } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { NewTask } from './insert-tasks.ts';

/** UUIDv7, generated before the insert, which makes a repeated insert idempotent. */
export function newTaskId(): string {
  return Bun.randomUUIDv7();
}

/** A submission with its defaults filled in. */
export function newTask(
  create: TaskCreate,
  caller: Caller,
  { defaultModel, idempotencyKey }: { defaultModel: string; idempotencyKey: string | null },
): NewTask {
  // The rest, prompt and model parameters, is passed on as is: absent fields add nothing to the statement.
  const { model, priority, max_attempts, timeout_ms, run_at, delay_ms, metadata, ...rest } = create;
  return {
    id: newTaskId(),
    model: model ?? defaultModel,
    priority: priority ?? TASK_DEFAULTS.priority,
    max_attempts: max_attempts ?? TASK_DEFAULTS.max_attempts,
    timeout_ms: timeout_ms ?? TASK_DEFAULTS.timeout_ms,
    run_at: run_at ?? null,
    delay_ms: delay_ms ?? null,
    idempotency_key: idempotencyKey,
    owner: caller.owner ?? undefined,
    metadata: metadata ?? {},
    ...rest,
  };
}
