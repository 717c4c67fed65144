import { type NewTask, newTaskId } from '@millrace/db';

export function newTask(fields: Partial<NewTask> = {}): NewTask {
  return {
    id: newTaskId(),
    prompt: 'calculate 1+1',
    model: 'builtin',
    priority: 5,
    max_attempts: 3,
    timeout_ms: 60_000,
    metadata: {},
    run_at: null,
    delay_ms: null,
    idempotency_key: null,
    ...fields,
  };
}
