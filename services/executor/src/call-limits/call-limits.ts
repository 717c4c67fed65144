import type { ClaimedTask, Database } from '@millrace/db';
import type { ConfiguredModel, OutageLog } from '@millrace/runtime';
import { CallQueue } from './call-queue.ts';
import type { Deadline } from './deadline.ts';

export type LimitedModel = Pick<ConfiguredModel<string>, 'id' | 'concurrency' | 'requestsPerMinute'>;

export interface CallLimitsOptions {
  readonly db: Database;
  /** Those without limits cost nothing. */
  readonly models: readonly LimitedModel[];
  readonly outage: Pick<OutageLog, 'warn'>;
  /** An attempt has started waiting, which frees its slot. */
  readonly onWaiting: () => void;
}

export interface AttemptTime {
  readonly signal: AbortSignal;
  readonly deadline: Deadline;
}

/** Keeps each model's calls within its limits, which apply across all executors. */
export class CallLimits {
  readonly #queues: ReadonlyMap<string, CallQueue>;

  constructor({ models, ...options }: CallLimitsOptions) {
    const limited = models.filter(
      ({ concurrency, requestsPerMinute }) => concurrency !== null || requestsPerMinute !== null,
    );
    this.#queues = new Map(limited.map((model) => [model.id, new CallQueue(model, options)]));
  }

  /** Makes the call once the limits of the task's model permit it; the deadline is paused until then. */
  run<Answer>(task: ClaimedTask, time: AttemptTime, call: () => Promise<Answer>): Promise<Answer> {
    return this.#queues.get(task.model)?.run(task, time, call) ?? call();
  }

  /** Models for which no more tasks should be claimed here: some are waiting already. */
  get crowdedModels(): string[] {
    return [...this.#queues].filter(([, { waitingCount }]) => waitingCount > 0).map(([model]) => model);
  }

  get waitingCount(): number {
    let count = 0;
    for (const queue of this.#queues.values()) count += queue.waitingCount;
    return count;
  }

  /** Tasks waiting for their model's limits. */
  get waiting(): ClaimedTask[] {
    return [...this.#queues.values()].flatMap((queue) => queue.waiting);
  }

  /** Resolves when all permits have been returned that can be. */
  async stop(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }
}
