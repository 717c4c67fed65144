import type { OperationScope } from '@millrace/access';
import type { ToolAnnotations } from '@modelcontextprotocol/server';
import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import type { McpContext } from '../context.ts';
import { advertised, type JsonSchema } from './tool-schema.ts';

interface ToolListing {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** For models that read it cold: what it does, when to call it, what comes back. */
  readonly description: string;
  readonly annotations: Required<Omit<ToolAnnotations, 'title'>>;
}

interface ToolDefinition<Input extends TProperties, Output extends TProperties> extends ToolListing {
  /** Descriptions in it are read by models, and are the remedy in messages about wrong arguments. */
  readonly input: Input;
  readonly output: Output;
  /** It starts a task that its caller need not wait for: its answer may be a handle of the Tasks extension. */
  readonly startsTask?: true;
  /** @throws ToolError */
  run(context: McpContext, input: Static<TObject<Input>>, call: ToolCall): Promise<Static<TObject<Output>>>;
  /** The output in words. */
  describe(output: Static<TObject<Output>>): string;
}

type Fields = Record<string, unknown>;

/** Something that a model can call; the adapter in `call-tool.ts` turns it into MCP. */
export interface Tool {
  readonly name: string;
  readonly scope: OperationScope;
  readonly startsTask: boolean;
  /** As `tools/list` shows it. */
  readonly listed: ToolListing & { readonly inputSchema: JsonSchema; readonly outputSchema: JsonSchema };
  readonly arguments: TypeCheck<TObject>;
  run(context: McpContext, input: Fields, call: ToolCall): Promise<Fields>;
  describe(output: Fields): string;
}

/** Derives once what would otherwise be derived for each request. Fields that are not named are refused. */
export function defineTool<Input extends TProperties, Output extends TProperties>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { name, title, description, annotations, startsTask = false, run, describe } = definition;
  const input = closed(definition.input);
  const schemas = { inputSchema: advertised(input), outputSchema: advertised(closed(definition.output)) };
  return {
    name,
    scope: annotations.readOnlyHint ? 'tasks:read' : 'tasks:write',
    startsTask,
    listed: { name, title, description, ...schemas, annotations },
    arguments: TypeCompiler.Compile(input),
    run: run as Tool['run'],
    describe: describe as Tool['describe'],
  };
}

function closed(fields: TProperties): TObject {
  return Type.Object(fields, { additionalProperties: false });
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
export const READS: ToolListing['annotations'] = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
