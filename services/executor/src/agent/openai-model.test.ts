import { expect, test } from 'bun:test';
import type { TaskStep } from '@millrace/contracts';
import { createToolRegistry, defineTool } from '@millrace/tools';
import { Type } from '@sinclair/typebox';
import type { ChatCompletionChunk } from 'openai/resources';
import { OpenAiModel } from './openai-model.ts';
import type { Provider } from './provider.ts';
import { claimedTask, turn } from './steps.testing.ts';

const identity = { host: 'models.example', apiKey: undefined };

async function* answering(): AsyncGenerator<ChatCompletionChunk> {
  const choices = [{ index: 0, delta: { content: 'well' }, finish_reason: 'stop' as const }];
  yield { id: 'x', object: 'chat.completion.chunk', created: 0, model: 'm', choices };
}

test('the result has the answers to concurrent calls in the order of their steps, which is that in which they came', async () => {
  const isQuickDone = Promise.withResolvers<void>();
  const tool = (name: string, run: () => string | Promise<string>) =>
    defineTool({ name, description: 'for tests', parameters: Type.Object({}), run });
  const tools = createToolRegistry([
    tool('slow', () => isQuickDone.promise.then(() => 'at last')),
    tool('quick', () => 'at once'),
  ]);
  const recorded: TaskStep[] = [];
  const model = new OpenAiModel({
    provider: { identity, outputLimitField: 'max_tokens', stream: answering } as unknown as Provider,
    providerModel: 'm',
    price: null,
    turnsMax: 2,
  });
  const tool_calls = ['slow', 'quick'].map((name) => ({ id: name, name, arguments: '{}' }));
  const { signal } = new AbortController();
  const { result } = await model.run(
    { task: claimedTask(), steps: [turn(1, '', { tool_calls })] },
    {
      signal,
      tools,
      toolContext: { taskId: Bun.randomUUIDv7(), workspaceRoot: '/nowhere', signal },
      progress: {
        delta() {},
        async record(made) {
          const step = turn(recorded.length + 2, made.output, { ...made } as Partial<TaskStep>);
          recorded.push(step);
          isQuickDone.resolve();
          return step;
        },
      },
      withinLimits: (call) => call(),
      observeCall: (_called, call) => call(),
    },
  );
  expect(recorded.map(({ name }) => name)).toEqual(['quick', 'slow', 'gpt']);
  expect(result.steps.map(({ name }) => name)).toEqual(['quick', 'slow']);
});
