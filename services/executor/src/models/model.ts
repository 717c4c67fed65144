import type { TaskResult, TaskStep, Usage } from '@millrace/contracts';
import type { ClaimedTask, NewStep } from '@millrace/db';
import type { ToolRegistry } from '@millrace/tools';
import type { CalledModel, ModelCall } from '../telemetry/model-calls.ts';

/** What a model is asked: the task, and the steps of its present run that earlier attempts have finished. */
export interface ModelRequest {
  readonly task: ClaimedTask;
  readonly steps: readonly TaskStep[];
}

export interface ModelContext {
  /** Aborted when the attempt is to stop: its time is up, it was cancelled, or it is someone else's by now. */
  readonly signal: AbortSignal;
  /** Those that the task may use. */
  readonly tools: ToolRegistry;
  /** Root of the tools' files. */
  readonly workspaceRoot: string;
  readonly progress: Progress;
  /**
   * Makes one call of the model once its limits permit it. Waiting for that does not count against the task's time.
   *
   * @throws the signal's reason when the attempt is to stop
   */
  withinLimits<Answer>(call: () => Promise<Answer>): Promise<Answer>;
  /** To be told of each call, for metrics and traces. */
  beginCall(called: CalledModel): ModelCall;
}

/** How an attempt makes its work durable and visible while it goes on. */
export interface Progress {
  /**
   * Stores a finished step and tells the stream.
   *
   * @throws AttemptLostError if the task belongs to someone else by now
   */
  record(step: Omit<NewStep, 'seq'>): Promise<TaskStep>;
  /** Text of the turn under way, as it comes. */
  delta(text: string): void;
}

export interface ModelAnswer {
  readonly result: TaskResult;
  /** Of the whole run, earlier attempts included. Null where nothing is counted in tokens. */
  readonly usage: Usage | null;
}

/** What can run a prompt. Throws ModelError for what the user should read; anything else is a defect. */
export interface Model {
  run(request: ModelRequest, context: ModelContext): Promise<ModelAnswer>;
}

/** The task belongs to someone else by now, or has ended: stop, and write nothing. */
export class AttemptLostError extends Error {
  override readonly name = 'AttemptLostError';
}

export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** Stable, snake_case. */
  readonly code: string;
  readonly retryable: boolean;
  /** The provider asked for a pause of so long; null if it did not. */
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
