import { type DeltaEvent, laneOf, type TaskError, type TaskStatus, type TaskStep } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { TaskProducer } from '@millrace/stream';

/** In UTF-16 code units, of which each makes three bytes at most: brokers refuse more than 1 MiB. */
const STEP_LENGTH_MAX = 300_000;

type TaskRef = Pick<ClaimedTask, 'id' | 'attempts'>;

type Producer = Pick<TaskProducer, 'announce' | 'publishEvent' | 'publishStatus' | 'publishDead'>;

/** Tells the stream what has been committed about a task: news for whoever watches, never the truth itself. */
export class Announcer {
  readonly #producer: Producer;
  /** Attempts of whose steps or texts was told: what they end in has to come after those. */
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

  /** Nothing more is told of an attempt that is not ours any more. */
  forget(task: TaskRef): void {
    this.#takeWithSteps(task);
  }

  /** One that no broker would take is passed over: with whatever follows it, its readers look into Postgres. */
  step(task: TaskRef, step: TaskStep): void {
    this.#withSteps.add(keyOf(task));
    if (JSON.stringify(step).length > STEP_LENGTH_MAX) return;
    this.#producer.publishEvent({ v: 1, type: 'step', task_id: task.id, attempt: task.attempts, step });
  }

  delta(task: TaskRef, delta: Pick<DeltaEvent, 'seq' | 'offset' | 'text'>): void {
    this.#withSteps.add(keyOf(task));
    this.#producer.publishEvent({ v: 1, type: 'delta', task_id: task.id, attempt: task.attempts, ...delta });
  }

  /** Handed back: others need not wait for their next look into Postgres. */
  released(task: ClaimedTask, traceparent: string | undefined): void {
    this.changed(task, 'PENDING');
    this.#producer.announce({ task_id: task.id, lane: laneOf(task.priority), traceparent });
  }

  failed(task: TaskRef, { code, message }: TaskError): void {
    this.changed(task, 'FAILED');
    this.#producer.publishDead({ v: 1, kind: 'failed', task_id: task.id, code, message });
  }

  #takeWithSteps(task: TaskRef): boolean {
    // Where no model speaks there are none, and a key would be made for nothing.
    return this.#withSteps.size > 0 && this.#withSteps.delete(keyOf(task));
  }
}

function keyOf({ id, attempts }: TaskRef): string {
  return `${id}/${attempts}`;
}
