import type { Logger } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { Span } from '@millrace/runtime';
import { ToolError } from '@millrace/tools';
import type { AttemptTime, CallLimits } from '../call-limits/call-limits.ts';
import { Deadline } from '../call-limits/deadline.ts';
import type { ExecutorContext } from '../context.ts';
import { AttemptLostError, type ModelAnswer, ModelError } from '../models/model.ts';
import type { AttemptTrace } from '../telemetry/attempt-trace.ts';
import { observeModelCall } from '../telemetry/model-calls.ts';
import { tracedTools } from '../telemetry/traced-tools.ts';
import { restrictTools } from '../tools/restricted-tools.ts';
import { AttemptProgress, type ProgressContext } from './attempt-progress.ts';
import type { Outcome } from './outcome.ts';
import type { AbortCause } from './running-attempts.ts';

export type AttemptContext = ProgressContext &
  Pick<ExecutorContext, 'models' | 'tools' | 'workspaceRoot' | 'metrics' | 'tracing' | 'logger'> & {
    readonly limits: Pick<CallLimits, 'run'>;
  };

/**
 * Runs one attempt to its end; never throws. An abort, including the task's `timeout_ms`, ends it even if the
 * model ignores the signal.
 *
 * @param controller aborted with an AbortCause as its reason
 */
export async function runAttempt(
  task: ClaimedTask,
  controller: AbortController,
  context: AttemptContext,
  trace: AttemptTrace,
): Promise<Outcome> {
  const { signal } = controller;
  const deadline = new Deadline(task.timeout_ms, () => controller.abort('timed_out' satisfies AbortCause));
  const progress = new AttemptProgress(task, signal, context, trace.fields);
  try {
    const work = runModel(task, progress, context, { signal, deadline }, trace.span);
    return { kind: 'completed', answer: await untilAborted(work, signal) };
  } catch (error) {
    const cause = signal.aborted ? (signal.reason as AbortCause) : undefined;
    if (cause === 'stopping') return { kind: 'released' };
    if (cause === 'lost' || cause === 'cancelled') return { kind: 'abandoned', cause };
    if (error instanceof AttemptLostError) return { kind: 'abandoned', cause: 'lost' };
    const failure = cause === 'timed_out' ? timeout(task) : asModelError(error, trace, context.logger);
    const { code, message, retryable, retryAfterMs } = failure;
    return { kind: 'failed', error: { code, message, retryable }, retryAfterMs, usage: progress.usage };
  } finally {
    deadline.stop();
    await progress.close();
  }
}

async function runModel(
  task: ClaimedTask,
  progress: AttemptProgress,
  { models, tools, workspaceRoot, limits, metrics, tracing }: AttemptContext,
  time: AttemptTime,
  span: Span | undefined,
): Promise<ModelAnswer> {
  const model = models.get(task.model);
  if (!model) throw modelNotAvailable(task.model);
  const allowed = task.tools === null ? tools : restrictTools(tools, task.tools);
  const steps = await progress.resume();
  return model.run(
    { task, steps },
    {
      signal: time.signal,
      tools: tracing ? tracedTools(allowed, tracing, span) : allowed,
      toolContext: { taskId: task.id, workspaceRoot, signal: time.signal },
      progress,
      withinLimits: (call) => limits.run(task, time, call),
      observeCall: (called, call, report) =>
        observeModelCall({ metrics, tracing, model: task.model, parent: span }, called, call, report),
    },
  );
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    // Never removed: the signal dies with the attempt.
    else signal.addEventListener('abort', onAbort);
    work.then(resolve, reject);
  });
}

/** Retryable: during a rolling update, other executors may know the model already, or still. */
function modelNotAvailable(model: string): ModelError {
  const message = `The executor that took the task is not configured for the model "${model}".`;
  return new ModelError('model_not_available', message, { retryable: true });
}

function timeout({ timeout_ms }: ClaimedTask): ModelError {
  const message = `The attempt exceeded its timeout of ${timeout_ms} ms.`;
  return new ModelError('timeout', message, { retryable: true });
}

/** What users may see of an error; of a defect, only that it is one. */
function asModelError(error: unknown, { fields }: AttemptTrace, logger: Logger): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof ToolError) {
    return new ModelError(error.code, error.message, { retryable: error.retryable });
  }
  logger.error({ ...fields, err: error }, 'attempt failed: internal error');
  const message = 'The executor hit an internal error; its log has the details.';
  return new ModelError('internal_error', message, { retryable: true });
}
