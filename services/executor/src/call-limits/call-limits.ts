import type { ClaimedTask, Database } from '@millrace/db';
import type { ConfiguredModel } from '@millrace/runtime';
import type { OutageLog } from '../outages/outage-log.ts';
import { CallQueue } from './call-queue.ts';
import type { Deadline } from './deadline.ts';

export type LimitedModel = Pick<ConfiguredModel<string>, 'id' | 'concurrency' | 'requestsPerMinute'>;

export interface CallLimitsOptions {
  readonly db: Database;
  /** Those without a limit cost nothing. */
  readonly models: readonly LimitedModel[];
  readonly outage: Pick<OutageLog, 'warn'>;
  /** An attempt has begun to wait: its slot is free for others. */
  readonly onWaiting: () => void;
}

export interface AttemptTime {
  readonly signal: AbortSignal;
  readonly deadline: Deadline;
}

/** Keeps every model's calls within its limits, which hold over all executors together. */
export class CallLimits {
  readonly #queues: ReadonlyMap<string, CallQueue>;

  constructor({ models, ...options }: CallLimitsOptions) {
    const limited = models.filter(
      ({ concurrency, requestsPerMinute }) => concurrency !== null || requestsPerMinute !== null,
    );
    this.#queues = new Map(limited.map((model) => [model.id, new CallQueue({ ...options, model })]));
  }

  /** Calls once the limits of the task's model permit it; the deadline stands still until then. */
  run<Answer>(task: ClaimedTask, time: AttemptTime, call: () => Promise<Answer>): Promise<Answer> {
    const queue = this.#queues.get(task.model);
    return queue ? runWithin(queue, task, time, call) : call();
  }

  /** Models of which no more tasks should be claimed here: some wait already. */
  get crowdedModels(): string[] {
    return [...this.#queues].filter(([, { waitingCount }]) => waitingCount > 0).map(([model]) => model);
  }

  get waitingCount(): number {
    let count = 0;
    for (const queue of this.#queues.values()) count += queue.waitingCount;
    return count;
  }

  /** Those that wait for their model. */
  get waiting(): ClaimedTask[] {
    return [...this.#queues.values()].flatMap((queue) => queue.waiting);
  }

  /** Resolves when all places are given back that can be. */
  async stop(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }
}

async function runWithin<Answer>(
  queue: CallQueue,
  task: ClaimedTask,
  { signal, deadline }: AttemptTime,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const giveBack = await deadline.pausedWhile(queue.take(task, signal));
  try {
    return await call();
  } finally {
    giveBack();
  }
}
