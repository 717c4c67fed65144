import { describeArgumentErrors } from '@millrace/contracts';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { cleanText } from '../content/clean-text.ts';
import type { McpContext } from '../context.ts';
import { explainFailure } from '../server/explain-failure.ts';
import { type Tool, type ToolCall, ToolError } from './tool.ts';

/** Runs a tool. Failures become results with `isError`, which models read and act on. */
export async function callTool(
  tool: Tool,
  context: McpContext,
  input: Record<string, unknown>,
  call: ToolCall,
): Promise<CallToolResult> {
  try {
    if (!tool.arguments.Check(input)) {
      throw wrongArguments(tool.name, describeArgumentErrors(tool.arguments.Errors(input)));
    }
    await context.databases.ready();
    const output = await tool.run(context, input, call);
    return { content: [text(tool.describe(output))], structuredContent: output };
  } catch (error) {
    const message = error instanceof ToolError ? error.message : explainFailure(error, tool.name, context);
    // What was wrong is quoted back, and may be anything.
    return { content: [text(cleanText(message))], isError: true };
  }
}

function wrongArguments(name: string, reasons: string): ToolError {
  return new ToolError(`The arguments of ${name} are not valid: ${reasons} Correct them and call again.`);
}

function text(content: string) {
  return { type: 'text' as const, text: content };
}
