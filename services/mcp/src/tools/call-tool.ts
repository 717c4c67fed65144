import { isDatabaseUnavailable } from '@millrace/db';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { TObject } from '@sinclair/typebox';
import type { McpContext } from '../context.ts';
import { type Tool, ToolError } from './tool.ts';

/**
 * Runs a tool on arguments that were checked. Failures become results with `isError`, which models read and act on;
 * what they can't mend is logged, and told without internals.
 */
export async function callTool<Input extends TObject, Output extends TObject>(
  tool: Tool<Input, Output>,
  context: McpContext,
  input: Parameters<Tool<Input, Output>['run']>[1],
): Promise<CallToolResult> {
  try {
    await context.migrated();
    const output = await tool.run(context, input);
    // Clients that know no structured content find the same JSON in the text.
    return { content: [text(JSON.stringify(output, null, 2))], structuredContent: output };
  } catch (error) {
    return { content: [text(explain(error, tool.name, context))], isError: true };
  }
}

function explain(error: unknown, tool: string, { logger }: McpContext): string {
  if (error instanceof ToolError) return error.message;
  if (isDatabaseUnavailable(error)) {
    logger.warn({ err: error, tool }, 'database unavailable');
    return "Millrace's database cannot be reached. No task was lost: call again in a few seconds.";
  }
  logger.error({ err: error, tool }, 'tool failed');
  return 'The Millrace server failed to do this; its log names the cause. Calling again is unlikely to help.';
}

function text(content: string) {
  return { type: 'text' as const, text: content };
}
