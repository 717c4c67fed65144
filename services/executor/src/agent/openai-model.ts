import type { ResultStep, TaskStep, ToolCall } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { ModelPrice } from '@millrace/runtime';
import type { Model, ModelAnswer, ModelContext, ModelRequest } from '../models/model.ts';
import { askModel } from './ask-model.ts';
import { callTool } from './call-tool.ts';
import { nextMove } from './next-move.ts';
import type { Provider } from './provider.ts';
import type { Turn } from './streamed-turn.ts';
import { turnRequest } from './turn-request.ts';
import { totalUsage, usageOf } from './usage.ts';

interface OpenAiModelOptions {
  readonly provider: Provider;
  /** What the provider calls it. */
  readonly providerModel: string;
  readonly price: ModelPrice | null;
  /** Per run. */
  readonly turnsMax: number;
}

/** The agent: a language model that may call tools until it has an answer. Each turn and each call is recorded as it ends. */
export class OpenAiModel implements Model {
  readonly #options: OpenAiModelOptions;

  constructor(options: OpenAiModelOptions) {
    this.#options = options;
  }

  async run({ task, steps: earlier }: ModelRequest, context: ModelContext): Promise<ModelAnswer> {
    const steps = [...earlier];
    for (;;) {
      const move = nextMove(steps, this.#options.turnsMax);
      switch (move.kind) {
        case 'ask_model':
          steps.push(await this.#takeTurn(task, steps, context));
          break;
        case 'call_tools':
          steps.push(...(await callTools(move.calls, context)));
          break;
        case 'answer':
          return { result: { output: move.output, steps: toolCalls(steps) }, usage: totalUsage(steps) };
        case 'fail':
          throw move.error;
      }
    }
  }

  async #takeTurn(task: ClaimedTask, steps: readonly TaskStep[], context: ModelContext): Promise<TaskStep> {
    const { provider, providerModel, price } = this.#options;
    const request = turnRequest(task, steps, context.tools.describe(), {
      providerModel,
      outputLimitField: provider.outputLimitField,
    });
    const turn = await askModel(provider, request, context);
    return context.progress.record({
      kind: 'model',
      name: task.model,
      arguments: {},
      output: turn.text,
      tool_calls: [...turn.toolCalls],
      tool_call_id: null,
      error: refusalOf(turn),
      finish_reason: turn.finishReason,
      usage: turn.usage && usageOf(turn.usage, price),
      duration_ms: turn.durationMs,
    });
  }
}

/** All at once. If one fails, the others are still awaited: what they finish is recorded, and not repeated. */
async function callTools(
  calls: readonly ToolCall[],
  { tools, toolContext, progress }: ModelContext,
): Promise<TaskStep[]> {
  const answers = calls.map((call) => callTool(call, tools, toolContext, progress));
  await Promise.allSettled(answers);
  return Promise.all(answers);
}

function refusalOf({ refused, text }: Turn): TaskStep['error'] {
  return refused ? { code: 'refused', message: text } : null;
}

/** The short form in the result; `GET /tasks/:id/steps` has everything, in the same order. */
function toolCalls(steps: readonly TaskStep[]): ResultStep[] {
  return steps
    .filter(({ kind }) => kind === 'tool')
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ kind, name, arguments: args, output }) => ({ kind, name, arguments: args, output }));
}
