import type { TaskStep, Usage } from '@millrace/contracts';
import { type ClaimedTask, checkpoint, type Database, loadSteps, type NewStep } from '@millrace/db';
import type { OutageLog } from '@millrace/runtime';
import { totalUsage } from '../agent/usage.ts';
import { AttemptLostError, type Progress } from '../models/model.ts';
import { retryDuringOutage } from '../outages/outage-retry.ts';
import type { Announcer } from './announcer.ts';
import { DeltaCoalescer } from './delta-coalescer.ts';
import { storableJson, storableText } from './storable-text.ts';

export interface ProgressContext {
  readonly db: Database;
  readonly announcer: Pick<Announcer, 'step' | 'delta'>;
  readonly outage: Pick<OutageLog, 'warn'>;
}

/** The steps of a task's current run: those of earlier attempts, and those that this one takes, stores and publishes. */
export class AttemptProgress implements Progress {
  readonly #task: ClaimedTask;
  readonly #signal: AbortSignal;
  readonly #context: ProgressContext;
  readonly #fields: object;
  readonly #steps: TaskStep[] = [];
  /** Across all runs. */
  #lastSeq = 0;
  #lastRecorded: Promise<unknown> | undefined;
  #turn: DeltaCoalescer | undefined;
  #isClosed = false;

  /**
   * @param signal stops the retries during an outage
   * @param fields added to every log line
   */
  constructor(task: ClaimedTask, signal: AbortSignal, context: ProgressContext, fields: object) {
    this.#task = task;
    this.#signal = signal;
    this.#context = context;
    this.#fields = fields;
  }

  /** Loads the steps of this run's earlier attempts; queries nothing for a first attempt. */
  async resume(): Promise<readonly TaskStep[]> {
    const { id, attempts, earlier_attempts } = this.#task;
    if (attempts === 1) return [];
    const all = await this.#insist(() => loadSteps(this.#context.db, id));
    this.#lastSeq = all.at(-1)?.seq ?? 0;
    this.#steps.push(...all.filter(({ attempt }) => attempt > earlier_attempts));
    return [...this.#steps];
  }

  /** For the whole run so far; null if nothing was counted. */
  get usage(): Usage | null {
    return totalUsage(this.#steps);
  }

  delta(text: string): void {
    if (this.#isClosed) return;
    if (!this.#turn) {
      const seq = this.#lastSeq + 1;
      const { announcer } = this.#context;
      this.#turn = new DeltaCoalescer((offset, piece) =>
        announcer.delta(this.#task, { seq, offset, text: storableText(piece) }),
      );
    }
    this.#turn.add(text);
  }

  async record(step: Omit<NewStep, 'seq'>): Promise<TaskStep> {
    if (this.#isClosed) throw new AttemptLostError();
    this.#turn?.end();
    this.#turn = undefined;
    const { output, arguments: args, tool_calls, error } = step;
    const storable = {
      ...step,
      seq: ++this.#lastSeq,
      output: storableText(output),
      ...storableJson({ arguments: args, tool_calls, error }),
    };
    // One at a time, so that steps become visible in order.
    const recorded = Promise.resolve(this.#lastRecorded).then(() => this.#store(storable));
    this.#lastRecorded = recorded;
    return recorded;
  }

  /** Resolves once no write is in flight; nothing is published of this attempt afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#turn?.cancel();
    await this.#lastRecorded?.catch(() => {});
  }

  async #store(step: NewStep): Promise<TaskStep> {
    const { db, announcer } = this.#context;
    const { id, attempts } = this.#task;
    const stored = await this.#insist(() => checkpoint(db, { task_id: id, attempt: attempts, step }));
    if (!stored) throw new AttemptLostError();
    this.#steps.push(stored);
    announcer.step(this.#task, stored);
    return stored;
  }

  #insist<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const { outage } = this.#context;
    const warn = (err: unknown) =>
      outage.warn({ ...this.#fields, err }, 'could not store or read steps; retrying');
    return retryDuringOutage(ask, warn, this.#signal);
  }
}
