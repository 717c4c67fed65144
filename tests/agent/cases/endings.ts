import { expect, test } from 'bun:test';
import type { AgentStack } from '../agent-stack.ts';
import { answerThatStops, calls, refusal } from '../provider/replies.ts';

/** As configured for the suite's executors. */
export const TURNS_MAX = 6;

/** A turn that did not end well is requested only once: the same question would end the same way. */
export function endings(agent: AgentStack): void {
  test.each([
    ['refused', 'Do harm.', refusal('I will not help with that.')],
    ['output_truncated', 'Go on for ever.', answerThatStops('Once upon a time', 'length')],
    ['content_filtered', 'Say something rude.', answerThatStops('', 'content_filter')],
  ])('%s', async (code, prompt, reply) => {
    const { provider } = agent;
    provider.script(prompt, reply);
    const task = await agent.run({ prompt });
    expect(task).toMatchObject({
      status: 'FAILED',
      attempts: 1,
      result: null,
      error: { code, retryable: false },
    });
    expect(provider.requests(prompt)).toHaveLength(1);
    // It was paid for all the same.
    expect(task.usage!.output_tokens).toBeGreaterThan(0);
    expect(await agent.steps(task.id)).toMatchObject([{ kind: 'model' }]);
  });

  test("a refusal is reported in the model's own words", async () => {
    const { provider } = agent;
    provider.script('Do worse.', refusal('That I cannot do; ask a chemist.'));
    const task = await agent.run({ prompt: 'Do worse.' });
    expect(task.error!.message).toContain('That I cannot do; ask a chemist.');
  });

  test('a truncated answer says which limit to raise', async () => {
    const { provider } = agent;
    provider.script('Be brief.', answerThatStops('Well,', 'length'));
    const task = await agent.run({ prompt: 'Be brief.', max_output_tokens: 2 });
    expect(task.error!.message).toContain('max_output_tokens');
  });

  test('a model that never stops calling tools is stopped', async () => {
    const { provider } = agent;
    const prompt = 'Count on.';
    const more = calls([{ name: 'calculator', arguments: { expression: '1+1' } }]);
    provider.script(prompt, ...Array.from({ length: TURNS_MAX + 1 }, () => more));
    const task = await agent.run({ prompt });
    expect(task).toMatchObject({
      status: 'FAILED',
      attempts: 1,
      error: { code: 'turn_limit', retryable: false },
    });
    expect(task.error!.message).toContain('AGENT_TURNS_MAX');
    expect(provider.requests(prompt)).toHaveLength(TURNS_MAX);
  });
}
