import { expect, test } from 'bun:test';
import { type AgentStack, API_KEY } from '../agent-stack.ts';
import { failure, type Reply } from '../provider/replies.ts';

const TOO_LONG =
  "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.";

/** Errors that the same request would meet again fail the task at once, with a message that a person can act on. */
export function finalErrors(agent: AgentStack): void {
  const cases: [what: string, reply: Reply, advice: RegExp][] = [
    ['400', failure(400, "Invalid value for 'temperature'."), /Invalid value for 'temperature'/],
    [
      '401',
      failure(401, `Incorrect API key provided: ${API_KEY}.`, { code: 'invalid_api_key' }),
      /OPENAI_API_KEY/,
    ],
    ['403', failure(403, 'Your project has no access to this model.'), /no access to this model/],
    ['404', failure(404, 'The model gpt-test does not exist.', { code: 'model_not_found' }), /MODELS/],
    ['422', failure(422, 'Unprocessable: tools are not supported.'), /tools are not supported/],
    ['context too long', failure(400, TOO_LONG, { code: 'context_length_exceeded' }), /9001 tokens/],
    [
      'quota',
      failure(429, 'You exceeded your quota.', { code: 'insufficient_quota', retryAfter: 1 }),
      /quota/,
    ],
  ];
  test.each(cases)('%s', async (what, reply, advice) => {
    const { provider } = agent;
    const prompt = `Fail with ${what}.`;
    provider.script(prompt, reply);
    const task = await agent.run({ prompt });
    expect(task).toMatchObject({ status: 'FAILED', attempts: 1, result: null, error: { retryable: false } });
    expect(task.error!.message).toMatch(advice);
    expect(task.error!.message).not.toContain(API_KEY);
    expect(task.error!.message).not.toMatch(/\n\s+at /);
    expect(provider.requests(prompt)).toHaveLength(1);
  });
}
