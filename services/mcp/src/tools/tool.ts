import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { Static, TObject } from '@sinclair/typebox';
import type { McpContext } from '../context.ts';

/** What a model may call. The adapter in `call-tool.ts` turns it into MCP. */
export interface Tool<Input extends TObject = TObject, Output extends TObject = TObject> {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** For models: what it does, when to call it, what comes back. */
  readonly description: string;
  readonly annotations: ToolAnnotations;
  /** Descriptions in it are read by models, and are the remedy in messages about wrong arguments. */
  readonly input: Input;
  readonly output: Output;
  /** @throws ToolError */
  run(context: McpContext, input: Static<Input>): Promise<Static<Output>>;
}

/** Ends a call with a message that tells the model what was wrong and what to do about it. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** Reads, changes nothing, and reaches nothing but Millrace's own database. */
export const READ_ONLY: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
