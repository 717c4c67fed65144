import type { ClaimedTask } from '@millrace/db';
import { type Span, type Tracing, traceIdOf } from '@millrace/runtime';
import { type Doorbell, laneTopic } from '@millrace/stream';
import type { Outcome } from '../attempts/outcome.ts';
import type { WrittenStatus } from '../attempts/write-outcome.ts';

/** Identifies an attempt in the log, and in traces if enabled. */
export interface AttemptTrace {
  readonly fields: {
    readonly task_id: string;
    readonly attempt: number;
    readonly model: string;
    /** Undefined for an attempt found by the rescue path while tracing is off. */
    readonly trace_id: string | undefined;
  };
  readonly span: Span | undefined;
}

/**
 * An attempt started by a message continues the trace of the request that the message was sent for. One found
 * in Postgres starts its own: rows store no trace, and `millrace.task_id` connects the two.
 */
export function traceAttempt(
  tracing: Tracing | undefined,
  task: ClaimedTask,
  doorbell: Doorbell | undefined,
): AttemptTrace {
  const { id: task_id, attempts: attempt, model } = task;
  const span = tracing && startSpan(tracing, task, doorbell);
  const trace_id = traceIdOf(span?.traceparent ?? doorbell?.traceparent);
  return { fields: { task_id, attempt, model, trace_id }, span };
}

function startSpan(tracing: Tracing, task: ClaimedTask, doorbell: Doorbell | undefined): Span {
  const attributes = {
    'millrace.task_id': task.id,
    'millrace.attempt': task.attempts,
    'millrace.model': task.model,
    'millrace.queue_ms': Math.round(task.waited_ms),
  };
  if (!doorbell) return tracing.startSpan('task attempt', { kind: 'internal', attributes });
  return tracing.startSpan('task attempt', {
    kind: 'consumer',
    parent: doorbell.traceparent,
    attributes: {
      ...attributes,
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': laneTopic(doorbell.lane),
    },
  });
}

/** @param status what the task became; null if the attempt had lost it, or nothing could be written */
export function endTrace({ span }: AttemptTrace, outcome: Outcome, status: WrittenStatus): void {
  if (!span) return;
  span.set({ 'millrace.outcome': outcome.kind, ...(status && { 'millrace.status': status }) });
  if (outcome.kind === 'failed') span.end(outcome.error.code);
  else if (outcome.kind === 'abandoned') span.end(outcome.cause);
  else span.end(status === null ? 'not_written' : undefined);
}
