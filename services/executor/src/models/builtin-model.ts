import { readToolRequest } from './builtin/index.ts';
import { type Model, type ModelAnswer, type ModelContext, ModelError, type ModelRequest } from './model.ts';

/** Reads a request for one of the tools out of the prompt, by rules and not by guessing, and calls that tool. */
export class BuiltinModel implements Model {
  async run(
    { task }: ModelRequest,
    { tools, toolContext, withinLimits }: ModelContext,
  ): Promise<ModelAnswer> {
    const reading = readToolRequest(task.prompt);
    if (reading.kind === 'not_understood') throw new ModelError('not_understood', reading.message);
    if (!tools.get(reading.tool)) throw notAllowed(reading.tool, task.tools);
    const output = await withinLimits(() => tools.call(reading.tool, reading.arguments, toolContext));
    const step = { kind: 'tool' as const, name: reading.tool, arguments: reading.arguments, output };
    return { result: { output, steps: [step] }, usage: null };
  }
}

function notAllowed(tool: string, allowed: readonly string[] | null): ModelError {
  const message = `The prompt asks for the tool ${tool}, and the task's tools are ${allowed?.join(', ') || 'none'}.`;
  return new ModelError('tool_not_allowed', message);
}
