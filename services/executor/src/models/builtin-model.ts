import { readToolRequest } from './builtin/index.ts';
import { type Model, type ModelAnswer, type ModelContext, ModelError, type ModelRequest } from './model.ts';

/** Reads a request for one of the tools out of the prompt, by rules and not by guessing, and calls that tool. */
export class BuiltinModel implements Model {
  async run({ task }: ModelRequest, { signal, tools, workspaceRoot }: ModelContext): Promise<ModelAnswer> {
    const reading = readToolRequest(task.prompt);
    if (reading.kind === 'not_understood') throw new ModelError('not_understood', reading.message);
    const output = await tools.call(reading.tool, reading.arguments, {
      taskId: task.id,
      workspaceRoot,
      signal,
    });
    const step = { kind: 'tool' as const, name: reading.tool, arguments: reading.arguments, output };
    return { result: { output, steps: [step] }, usage: null };
  }
}
