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

  changed({ id, attempts }: TaskRef, status: TaskStatus): void {
    const change = { task_id: id, attempt: attempts, status };
    if (this.#withSteps.delete(`${id}/${attempts}`)) {
      this.#producer.publishEvent({ v: 1, type: 'status', ...change });
    } else this.#producer.publishStatus(change);
  }

  /** Nothing more is told of an attempt that is not ours any more. */
  forget({ id, attempts }: TaskRef): void {
    this.#withSteps.delete(`${id}/${attempts}`);
  }

  /** One that no broker would take is passed over: with whatever follows it, its readers look into Postgres. */
  step({ id, attempts }: TaskRef, step: TaskStep): void {
    this.#withSteps.add(`${id}/${attempts}`);
    if (JSON.stringify(step).length > STEP_LENGTH_MAX) return;
    this.#producer.publishEvent({ v: 1, type: 'step', task_id: id, attempt: attempts, step });
  }

  delta({ id, attempts }: TaskRef, delta: Pick<DeltaEvent, 'seq' | 'offset' | 'text'>): void {
    this.#withSteps.add(`${id}/${attempts}`);
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
