import type { TaskResult, TaskStep, Usage } from '@millrace/contracts';
import type { ClaimedTask, NewStep } from '@millrace/db';
import type { ToolContext, ToolRegistry } from '@millrace/tools';
import type { CalledModel, CallReport } from '../telemetry/model-calls.ts';

/** The task, and the steps of its current run that earlier attempts have finished. */
export interface ModelRequest {
  readonly task: ClaimedTask;
  readonly steps: readonly TaskStep[];
}

export interface ModelContext {
  /** Aborted when the attempt must stop: it timed out, was cancelled, or its task is no longer ours. */
  readonly signal: AbortSignal;
  /** The tools that the task may use. */
  readonly tools: ToolRegistry;
  /** For every call of a tool. */
  readonly toolContext: ToolContext;
  readonly progress: Progress;
  /**
   * Makes one model call once its limits permit it. Waiting does not count against the task's timeout.
   *
   * @throws the signal's reason if the attempt must stop
   */
  withinLimits<Answer>(call: () => Promise<Answer>): Promise<Answer>;
  /** Makes one call of a provider, with metrics and a trace. */
  observeCall<Answer>(
    called: CalledModel,
    call: () => Promise<Answer>,
    report: (answer: Answer) => CallReport,
  ): Promise<Answer>;
}

/** How an attempt makes its work durable and visible while it runs. */
export interface Progress {
  /**
   * Stores a finished step and publishes it.
   *
   * @throws AttemptLostError if this attempt no longer owns the task
   */
  record(step: Omit<NewStep, 'seq'>): Promise<TaskStep>;
  /** Publishes text of the current turn as it comes. */
  delta(text: string): void;
}

export interface ModelAnswer {
  readonly result: TaskResult;
  /** For the whole run, including earlier attempts. Null for models that count no tokens. */
  readonly usage: Usage | null;
}

export interface Model {
  /** @throws ModelError for what the user should see; anything else is a defect */
  run(request: ModelRequest, context: ModelContext): Promise<ModelAnswer>;
}

/** The attempt no longer owns its task: stop, and write nothing. */
export class AttemptLostError extends Error {
  override readonly name = 'AttemptLostError';
}

export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** Stable, snake_case. */
  readonly code: string;
  readonly retryable: boolean;
  /** The pause that the provider asked for; null if none. */
  readonly retryAfterMs: number | null;
  constructor(
    code: string,
    message: string,
    { retryable = false, retryAfterMs = null }: { retryable?: boolean; retryAfterMs?: number | null } = {},
  ) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}
