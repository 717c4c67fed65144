import { type DeltaEvent, laneOf, type TaskError, type TaskStatus, type TaskStep } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { TaskProducer } from '@millrace/stream';

/** In UTF-16 code units, of which each makes three bytes at most: brokers refuse more than 1 MiB. */
const STEP_LENGTH_MAX = 300_000;

type TaskRef = Pick<ClaimedTask, 'id' | 'attempts'>;

/** Tells the stream what has been committed about a task: news for whoever watches, never the truth itself. */
export class Announcer {
  readonly #producer: Pick<TaskProducer, 'announce' | 'publishEvent' | 'publishDead'>;

  constructor(producer: Pick<TaskProducer, 'announce' | 'publishEvent' | 'publishDead'>) {
    this.#producer = producer;
  }

  changed({ id, attempts }: TaskRef, status: TaskStatus): void {
    this.#producer.publishEvent({ v: 1, type: 'status', task_id: id, status, attempt: attempts });
  }

  /** One that no broker would take is passed over: with whatever follows it, its readers look into Postgres. */
  step({ id, attempts }: TaskRef, step: TaskStep): void {
    if (JSON.stringify(step).length > STEP_LENGTH_MAX) return;
    this.#producer.publishEvent({ v: 1, type: 'step', task_id: id, attempt: attempts, step });
  }

  delta({ id, attempts }: TaskRef, delta: Pick<DeltaEvent, 'seq' | 'offset' | 'text'>): void {
    this.#producer.publishEvent({ v: 1, type: 'delta', task_id: id, attempt: attempts, ...delta });
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
}
