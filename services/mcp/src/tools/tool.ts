import type { OperationScope } from '@millrace/access';
import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { Static, TObject } from '@sinclair/typebox';
import type { McpContext } from '../context.ts';

/** Something that a model can call; the adapter in `call-tool.ts` turns it into MCP. */
export interface Tool<Input extends TObject = TObject, Output extends TObject = TObject> {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** For models that read it cold: what it does, when to call it, what comes back. */
  readonly description: string;
  readonly annotations: Required<Omit<ToolAnnotations, 'title'>>;
  readonly scope: OperationScope;
  /** Descriptions in it are read by models, and are the remedy in messages about wrong arguments. */
  readonly input: Input;
  readonly output: Output;
  /** It starts a task that its caller need not wait for: its answer may be a handle of the Tasks extension. */
  readonly startsTask?: true;
  /** @throws ToolError */
  run(context: McpContext, input: Static<Input>, call: ToolCall): Promise<Static<Output>>;
  /** The output in words. */
  describe(output: Static<Output>): string;
}

/** One call of a tool. */
export interface ToolCall {
  /** Aborted when the client has cancelled the call, or is gone. */
  readonly signal: AbortSignal;
  /** Sent to a client that has asked for it. */
  report(progress: ToolProgress): Promise<void>;
}

export interface ToolProgress {
  /** Larger each time. */
  readonly progress: number;
  readonly total: number;
  readonly message: string;
}

/** Ends a call with a message that tells the model what was wrong and which call to make next. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** Reads, changes nothing, and reaches nothing but Millrace's own database. */
export const READS: Tool['annotations'] = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
