import type { TaskStep } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { ToolDescription } from '@millrace/tools';
import type { ChatCompletionCreateParamsStreaming, ChatCompletionFunctionTool } from 'openai/resources';
import { conversation } from './conversation.ts';
import type { Provider } from './provider.ts';

interface TurnRequestOptions {
  /** What the provider calls the model. */
  readonly providerModel: string;
  readonly outputLimitField: Provider['outputLimitField'];
}

/** The request for the next turn of a run. What the task leaves open is up to the provider. */
export function turnRequest(
  task: ClaimedTask,
  steps: readonly TaskStep[],
  tools: readonly ToolDescription[],
  { providerModel, outputLimitField }: TurnRequestOptions,
): ChatCompletionCreateParamsStreaming {
  const { temperature, max_output_tokens, response_format } = task;
  return {
    model: providerModel,
    messages: conversation(task, steps),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length > 0 && { tools: tools.map(asFunction) }),
    ...(temperature !== null && { temperature }),
    ...(max_output_tokens !== null && { [outputLimitField]: max_output_tokens }),
    ...(response_format !== null && {
      response_format: response_format as NonNullable<ChatCompletionCreateParamsStreaming['response_format']>,
    }),
  };
}

function asFunction({ name, description, parameters }: ToolDescription): ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}
