import { describeArgumentErrors } from '@millrace/contracts';
import type { TObject } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { type Tool, type ToolContext, ToolError } from './tool.ts';

/** What a model is told about a tool; `parameters` is plain JSON Schema, ready for a function-calling API. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ToolRegistry {
  /** In the order they were given. */
  readonly tools: readonly Tool[];
  get(name: string): Tool | undefined;
  describe(): ToolDescription[];
  /**
   * Validates `input` against the tool's schema, then runs the tool.
   *
   * @throws ToolError `unknown_tool`, `invalid_arguments`, or what the tool itself refuses
   * @throws the signal's reason when `context.signal` is aborted
   */
  call(name: string, input: unknown, context: ToolContext): Promise<string>;
}

const TOOL_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** @throws TypeError for a name that is malformed or used twice: a programming error, found at startup. */
export function createToolRegistry(tools: readonly Tool[]): ToolRegistry {
  const byName = new Map<string, Tool>();
  const validators = new Map<string, TypeCheck<TObject>>();
  for (const tool of tools) {
    if (!TOOL_NAME.test(tool.name)) {
      throw new TypeError(
        `Tool name ${JSON.stringify(tool.name)} must be snake_case, at most 64 characters.`,
      );
    }
    if (byName.has(tool.name)) throw new TypeError(`Two tools are named "${tool.name}".`);
    byName.set(tool.name, Object.freeze({ ...tool }));
    validators.set(tool.name, TypeCompiler.Compile(tool.parameters));
  }

  return Object.freeze({
    tools: Object.freeze([...byName.values()]),
    get: (name: string) => byName.get(name),
    describe: () => [...byName.values()].map(describeTool),
    async call(name: string, input: unknown, context: ToolContext) {
      const tool = byName.get(name);
      if (tool === undefined) {
        const names = [...byName.keys()].join(', ') || 'none';
        throw new ToolError('unknown_tool', `No tool is named ${quote(name)}. Available tools: ${names}.`);
      }
      assertArguments(tool, validators.get(name)!, input);
      context.signal.throwIfAborted();
      return await tool.run(input, context);
    },
  });
}

function describeTool(tool: Tool): ToolDescription {
  return {
    name: tool.name,
    description: tool.description,
    // A JSON round trip drops TypeBox's symbols and hands out a copy that callers may change.
    parameters: JSON.parse(JSON.stringify(tool.parameters)),
  };
}

function assertArguments(
  { name }: Tool,
  validator: TypeCheck<TObject>,
  input: unknown,
): asserts input is Record<string, unknown> {
  if (validator.Check(input)) return;
  throw new ToolError('invalid_arguments', `${name}: ${describeArgumentErrors(validator.Errors(input))}`);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
