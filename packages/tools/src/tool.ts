import type { Static, TObject } from '@sinclair/typebox';

/** What a tool may know about the task that calls it. */
export interface ToolContext {
  readonly taskId: string;
  /** Folder for files of tools, one sub-folder per task; created when first written to. */
  readonly workspaceRoot: string;
  /** Aborted when the task is cancelled, times out, or is lost to another executor. */
  readonly signal: AbortSignal;
}

/**
 * A tool is a plain descriptor: what it is called, what it takes, and how it runs. A transport (MCP, a model's
 * function calls, the builtin model) adapts it; a tool knows none of them.
 */
export interface Tool<Parameters extends TObject = TObject> {
  /** snake_case, unique in the registry. */
  readonly name: string;
  /** Written for the model that decides whether to call it. */
  readonly description: string;
  /** TypeBox object schema; it is also the JSON Schema shown to models. */
  readonly parameters: Parameters;
  /**
   * Set where `run` computes in one go instead of waiting for something: an executor then runs it on a
   * separate thread, so that nothing else waits, however long it takes. Such a tool does not see the signal;
   * it is cut off instead.
   */
  readonly synchronous?: true;
  /**
   * Of a synchronous tool: whether this call takes microseconds only, less than handing it to the thread would.
   *
   * @param input as it came, not validated
   */
  isQuick?(input: unknown): boolean;
  /**
   * @param input already validated against `parameters`
   * @returns the text given back to the model or to the user
   * @throws ToolError for what the caller can fix; anything else is a bug
   */
  run(input: Static<Parameters>, context: ToolContext): Promise<string> | string;
}

/** A refusal the caller can act on: it names what was wrong and what to do instead. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  /** Stable, snake_case, e.g. `path_outside_workspace`. */
  readonly code: string;
  /** Whether the same call may succeed later: it was the machine's fault, and not the caller's. */
  readonly retryable: boolean;
  constructor(
    code: string,
    message: string,
    { retryable = false, ...options }: ErrorOptions & { retryable?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryable = retryable;
  }
}

/** Ties the type of `run`'s input to `parameters`; returns the tool as it was given. */
export function defineTool<Parameters extends TObject>(tool: Tool<Parameters>): Tool<Parameters> {
  return tool;
}
