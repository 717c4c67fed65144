import type { TaskStep, ToolCall } from '@millrace/contracts';
import { type ToolContext, ToolError, type ToolRegistry } from '@millrace/tools';
import type { Progress } from '../models/model.ts';
import { parseArguments } from './arguments.ts';

/** The model reads all of it again, at a price, in every later turn. */
const OUTPUT_LENGTH_MAX = 200_000;
const QUOTE_LENGTH_MAX = 200;

/**
 * Runs a tool call of the model and records the answer. An invalid call, or a refusal by the tool, is an
 * answer too: the model may correct itself.
 */
export async function callTool(
  call: ToolCall,
  tools: ToolRegistry,
  context: ToolContext,
  progress: Pick<Progress, 'record'>,
): Promise<TaskStep> {
  const startedAt = performance.now();
  const input = parseArguments(call);
  const { output, error } = await answerOf(call, input, tools, context);
  return progress.record({
    kind: 'tool',
    name: call.name,
    arguments: input ?? {},
    output,
    tool_calls: [],
    tool_call_id: call.id,
    error,
    finish_reason: null,
    usage: null,
    duration_ms: performance.now() - startedAt,
  });
}

async function answerOf(
  { name, arguments: written }: ToolCall,
  input: Record<string, unknown> | undefined,
  tools: ToolRegistry,
  context: ToolContext,
): Promise<Pick<TaskStep, 'output' | 'error'>> {
  try {
    if (!input) throw notAnObject(written);
    const output = await tools.call(name, input, context);
    if (output.length > OUTPUT_LENGTH_MAX) throw tooLong(name, output.length);
    return { output, error: null };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code, message } = error;
    return { output: `Error (${code}): ${message}`, error: { code, message } };
  }
}

function notAnObject(written: string): ToolError {
  const shown = JSON.stringify(written.slice(0, QUOTE_LENGTH_MAX));
  return new ToolError('invalid_arguments', `The arguments must be one JSON object, got ${shown}.`);
}

function tooLong(name: string, length: number): ToolError {
  const message = `${name} answered ${length} characters, more than the ${OUTPUT_LENGTH_MAX} allowed. Ask for less.`;
  return new ToolError('tool_output_too_large', message);
}
