import type { TaskStep, ToolCall } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { ChatCompletionAssistantMessageParam, ChatCompletionMessageParam } from 'openai/resources';
import { parseArguments } from './arguments.ts';
import { roundsOf } from './rounds.ts';

const NAME_LENGTH_MAX = 64;

/** What the model is sent: instructions, prompt, and its own turns, each with its tools' answers in the order of the calls. */
export function conversation(
  { system, prompt }: Pick<ClaimedTask, 'system' | 'prompt'>,
  steps: readonly TaskStep[],
): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [];
  if (system !== null) messages.push({ role: 'system', content: system });
  messages.push({ role: 'user', content: prompt });
  for (const { turn, answers } of roundsOf(steps)) {
    messages.push(assistantMessage(turn));
    for (const { id } of turn.tool_calls) {
      messages.push({ role: 'tool', tool_call_id: id, content: answers.get(id)?.output ?? '' });
    }
  }
  return messages;
}

function assistantMessage({ output, tool_calls }: TaskStep): ChatCompletionAssistantMessageParam {
  if (tool_calls.length === 0) return { role: 'assistant', content: output };
  return {
    role: 'assistant',
    content: output === '' ? null : output,
    tool_calls: tool_calls.map((call) => ({
      id: call.id,
      type: 'function',
      // Some servers parse the arguments and would refuse the whole request; the tool's answer says what was wrong.
      function: { name: nameOf(call), arguments: parseArguments(call) ? call.arguments : '{}' },
    })),
  };
}

/** OpenAI refuses the whole request over an ill-formed name; the tool's answer says that there is no such tool. */
function nameOf({ name }: ToolCall): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, NAME_LENGTH_MAX) || 'unnamed';
}
