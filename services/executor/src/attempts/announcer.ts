import { type DeltaEvent, laneOf, type TaskError, type TaskStatus, type TaskStep } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { TaskProducer } from '@millrace/stream';
import { storableJson } from './storable-text.ts';

/** In UTF-16 code units, at most three bytes each: brokers refuse messages over 1 MiB. */
const STEP_LENGTH_MAX = 300_000;

type TaskRef = Pick<ClaimedTask, 'id' | 'attempts'>;

type Producer = Pick<TaskProducer, 'announce' | 'publishEvent' | 'publishStatus' | 'publishDead'>;

/** Publishes what has been committed about a task: news for watchers, never the source of truth. */
export class Announcer {
  readonly #producer: Producer;
  /** Attempts with published steps or deltas: their status has to follow those, in the task's own order. */
  readonly #withSteps = new Set<string>();

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  changed(task: TaskRef, status: TaskStatus): void {
    const change = { task_id: task.id, attempt: task.attempts, status };
    if (this.#takeWithSteps(task)) {
      this.#producer.publishEvent({ v: 1, type: 'status', ...change });
    } else this.#producer.publishStatus(change);
  }

  /** For an attempt that is no longer ours: nothing more is published of it. */
  forget(task: TaskRef): void {
    this.#takeWithSteps(task);
  }

  /** Skips a step too large for any broker: at the next event, readers find the gap and consult Postgres. */
  step(task: TaskRef, step: TaskStep): void {
    this.#withSteps.add(keyOf(task));
    if (JSON.stringify(step).length > STEP_LENGTH_MAX) return;
    this.#producer.publishEvent({ v: 1, type: 'step', task_id: task.id, attempt: task.attempts, step });
  }

  delta(task: TaskRef, delta: Pick<DeltaEvent, 'seq' | 'offset' | 'text'>): void {
    this.#withSteps.add(keyOf(task));
    this.#producer.publishEvent({ v: 1, type: 'delta', task_id: task.id, attempt: task.attempts, ...delta });
  }

  /** Handed back, and announced so that others need not wait for their next poll. */
  released(task: ClaimedTask, traceparent: string | undefined): void {
    this.changed(task, 'PENDING');
    this.#producer.announce({ task_id: task.id, lane: laneOf(task.priority), traceparent });
  }

  failed(task: TaskRef, { code, message }: TaskError): void {
    this.changed(task, 'FAILED');
    // As Postgres stores it.
    const stored = storableJson({ code, message });
    this.#producer.publishDead({ v: 1, kind: 'failed', task_id: task.id, ...stored });
  }

  #takeWithSteps(task: TaskRef): boolean {
    // Usually empty: then no key needs to be built.
    return this.#withSteps.size > 0 && this.#withSteps.delete(keyOf(task));
  }
}

function keyOf({ id, attempts }: TaskRef): string {
  return `${id}/${attempts}`;
}
