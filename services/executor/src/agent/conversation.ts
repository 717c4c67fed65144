import type { TaskStep } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import type { ChatCompletionAssistantMessageParam, ChatCompletionMessageParam } from 'openai/resources';
import { parseArguments } from './arguments.ts';
import { roundsOf } from './rounds.ts';

/** What the model is told: instructions, the prompt, and its own turns with the answers of the tools in the order it called them. */
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
      // Servers exist that parse them and refuse the whole request; the tool's answer says what was wrong.
      function: { name: call.name, arguments: parseArguments(call) ? call.arguments : '{}' },
    })),
  };
}
