import type { TaskResult, Usage } from '@millrace/contracts';
import type { ToolRegistry } from '@millrace/tools';

export interface ModelRequest {
  readonly taskId: string;
  readonly prompt: string;
}

export interface ModelContext {
  /** Aborted when the attempt is to stop: its time is up, it was cancelled, or it is someone else's by now. */
  readonly signal: AbortSignal;
  readonly tools: ToolRegistry;
  /** Root of the tools' files. */
  readonly workspaceRoot: string;
}

export interface ModelAnswer {
  readonly result: TaskResult;
  /** Null where nothing is counted in tokens. */
  readonly usage: Usage | null;
}

/** What can run a prompt. Throws ModelError for what the user should read; anything else is a defect. */
export interface Model {
  run(request: ModelRequest, context: ModelContext): Promise<ModelAnswer>;
}

export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** Stable, snake_case. */
  readonly code: string;
  readonly retryable: boolean;
  constructor(code: string, message: string, retryable = false) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}
