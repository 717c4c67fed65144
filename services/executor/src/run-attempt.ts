import type { Logger, TaskError } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import { ToolError, type ToolRegistry } from '@millrace/tools';
import { type Model, ModelError } from './models/model.ts';
import type { Outcome } from './outcome.ts';
import type { AbortCause } from './running-attempts.ts';

export interface AttemptContext {
  readonly models: ReadonlyMap<string, Model>;
  readonly tools: ToolRegistry;
  readonly workspaceRoot: string;
  readonly logger: Logger;
}

/**
 * Runs one attempt to its end and never throws. It ends with the signal or the task's `timeout_ms` even if the model
 * does not listen.
 *
 * @param signal aborted with an AbortCause as its reason
 */
export async function runAttempt(
  task: ClaimedTask,
  signal: AbortSignal,
  { models, tools, workspaceRoot, logger }: AttemptContext,
): Promise<Outcome> {
  const model = models.get(task.model);
  if (!model)
    return failed('model_not_available', `No executor is configured for the model "${task.model}".`, false);
  const deadline = AbortSignal.timeout(task.timeout_ms);
  const either = AbortSignal.any([signal, deadline]);
  try {
    const request = { taskId: task.id, prompt: task.prompt };
    const answer = await untilAborted(model.run(request, { signal: either, tools, workspaceRoot }), either);
    return { kind: 'completed', answer };
  } catch (error) {
    if (signal.aborted) return aborted(signal.reason as AbortCause);
    if (deadline.aborted)
      return failed('timeout', `The attempt took longer than its ${task.timeout_ms} ms.`, true);
    if (error instanceof ModelError) return failed(error.code, error.message, error.retryable);
    if (error instanceof ToolError) return failed(error.code, error.message, false);
    logger.error({ err: error, task_id: task.id }, 'attempt ended in a defect');
    return failed(
      'internal_error',
      'The executor ran into a defect of its own; its log has the details.',
      true,
    );
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function aborted(cause: AbortCause): Outcome {
  return cause === 'stopping' ? { kind: 'released' } : { kind: 'abandoned', cause };
}

function failed(code: string, message: string, retryable: boolean): Outcome {
  const error: TaskError = { code, message, retryable };
  return { kind: 'failed', error };
}
