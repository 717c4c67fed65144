import { expect, test } from 'bun:test';
import type { AgentStack } from '../agent-stack.ts';
import { answer, calls, failure } from '../provider/replies.ts';

const sum = (expression: string) => [{ name: 'calculator', arguments: { expression } }];

/** Priced per million tokens at 2 dollars for input, 0.5 if cached, 8 for output: see the suite. */
export function usage(agent: AgentStack): void {
  test('is summed over the turns, and priced', async () => {
    const { provider } = agent;
    const prompt = 'Count my tokens.';
    provider.script(
      prompt,
      calls(sum('1+1'), { prompt_tokens: 1_000, completion_tokens: 20 }),
      calls(sum('2+2'), { prompt_tokens: 1_100, completion_tokens: 30 }),
      answer('2 and 4.', { prompt_tokens: 1_200, completion_tokens: 50 }),
    );
    const task = await agent.run({ prompt });
    expect(task.usage).toMatchObject({ input_tokens: 3_300, output_tokens: 100, cached_tokens: 0 });
    expect(task.usage!.cost_usd).toBeCloseTo((3_300 * 2 + 100 * 8) / 1e6, 10);
    const turns = (await agent.steps(task.id)).filter(({ kind }) => kind === 'model');
    expect(turns.map((step) => step.usage!.input_tokens)).toEqual([1_000, 1_100, 1_200]);
  });

  test('has no cost if the model has no price', async () => {
    agent.provider.script('Cost nothing.', answer('Done.', { prompt_tokens: 7, completion_tokens: 3 }));
    const task = await agent.run({ prompt: 'Cost nothing.', model: 'free' });
    expect(task.usage).toEqual({ input_tokens: 7, output_tokens: 3, cached_tokens: 0, cost_usd: null });
  });

  test('of completed turns is kept when a later one fails', async () => {
    const { provider } = agent;
    const prompt = 'Fail late.';
    const first = calls(sum('1+1'), { prompt_tokens: 500, completion_tokens: 10 });
    provider.script(prompt, first, failure(400, 'No more.'));
    const task = await agent.run({ prompt });
    expect(task).toMatchObject({ status: 'FAILED', usage: { input_tokens: 500, output_tokens: 10 } });
  });
}
