import { expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import type { AgentStack } from '../agent-stack.ts';
import {
  answer,
  calls,
  cutAfter,
  failingInTheMiddle,
  failure,
  silentFor,
  stuckFor,
  unfinished,
} from '../provider/replies.ts';

const spent = { prompt_tokens: 10, completion_tokens: 1 };
const overloaded = failure(500, 'The server had an error while processing your request.');

export function retries(agent: AgentStack): void {
  test.each([
    ['a stream cut midway', 'Break.', cutAfter(4, 'Half of a thought is lost')],
    ['a stream without a finish reason', 'Fade.', unfinished('Half of a thought is')],
    ['a stream that reports an error', 'Falter.', failingInTheMiddle('Half of a thought')],
    ['a server error', 'Stumble.', overloaded],
    ['a conflict', 'Collide.', failure(409, 'Try again.')],
    ['a request timeout', 'Dawdle.', failure(408, 'Request timeout.')],
  ])('%s is retried', async (_what, prompt, broken) => {
    const { provider } = agent;
    provider.script(prompt, [broken, answer('A whole thought.')]);
    const task = await agent.run({ prompt });
    expect(task).toMatchObject({ status: 'COMPLETED', result: { output: 'A whole thought.' }, error: null });
    expect(provider.requests(prompt).map(({ turn }) => turn)).toEqual([1, 1]);
    // Nothing of the partial turn is left.
    expect(await agent.steps(task.id)).toMatchObject([{ seq: 1, output: 'A whole thought.' }]);
  });

  test('500 twice, then an answer', async () => {
    const { provider } = agent;
    provider.script('Stumble twice.', [overloaded, overloaded, answer('Up again.')]);
    const task = await agent.run({ prompt: 'Stumble twice.' });
    expect(task).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { output: 'Up again.' } });
    const requests = provider.requests('Stumble twice.');
    expect(requests.map(({ status }) => status)).toEqual([500, 500, 200]);
    // With growing delays, so that an overloaded server can recover.
    expect(requests[1]!.at - requests[0]!.at).toBeGreaterThan(50);
  });

  test("a permanent 500 fails with the server's message", async () => {
    const { provider } = agent;
    provider.script('Stumble on.', failure(503, 'Overloaded, come back later.'));
    const task = await agent.run({ prompt: 'Stumble on.', max_attempts: 1 });
    expect(task).toMatchObject({ status: 'FAILED', error: { retryable: true } });
    expect(task.error!.message).toContain('503');
    expect(task.error!.message).toContain('Overloaded, come back later.');
  });

  test('a short Retry-After of a 429 is waited for', async () => {
    const { provider } = agent;
    const limited = failure(429, 'Rate limit reached.', { code: 'rate_limit_exceeded', retryAfter: 2 });
    provider.script('Too fast.', [limited, answer('In time.')]);
    const task = await agent.run({ prompt: 'Too fast.' });
    expect(task).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { output: 'In time.' } });
    const [first, second, ...more] = provider.requests('Too fast.');
    expect(more).toEqual([]);
    const waited = second!.at - first!.at;
    expect(waited).toBeGreaterThanOrEqual(2_000);
    expect(waited).toBeLessThan(4_000);
  });

  test('a long Retry-After of a 429 frees the slot, and the next attempt waits for it', async () => {
    const { provider } = agent;
    provider.script('Much too fast.', failure(429, 'Rate limit reached.', { retryAfter: 120 }));
    const { id } = await agent.platform.post({ prompt: 'Much too fast.' });
    const begun = Date.now();
    const waiting = await eventually('the attempt has failed', async () => {
      const task = await agent.platform.get(id);
      return task.status === 'PENDING' && task.attempts === 1 && task;
    });
    expect(waiting.error).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(Date.parse(waiting.run_at) - begun).toBeGreaterThan(118_000);
    expect(provider.requests('Much too fast.')).toHaveLength(1);
    await agent.cancel(id);
  });

  test('a failure after a completed turn resumes after that turn', async () => {
    const { provider } = agent;
    const prompt = 'Stumble after the first turn.';
    const call = calls([{ name: 'calculator', arguments: { expression: '3+4' } }]);
    provider.script(prompt, call, [overloaded, overloaded, overloaded, answer('Seven.')]);
    const task = await agent.run({ prompt });
    expect(task).toMatchObject({ status: 'COMPLETED', attempts: 2, result: { output: 'Seven.' } });
    expect(provider.requests(prompt).map(({ turn }) => turn)).toEqual([1, 2, 2, 2, 2]);
    const steps = await agent.steps(task.id);
    expect(steps.map(({ attempt, kind }) => [attempt, kind])).toEqual([
      [1, 'model'],
      [1, 'tool'],
      [2, 'model'],
    ]);
  });

  test('a replay starts over, and attempts keep counting', async () => {
    const { provider } = agent;
    const prompt = 'Once more from the beginning.';
    const call = calls([{ name: 'calculator', arguments: { expression: '3+4' } }], spent);
    provider.script(prompt, call, [failure(400, 'Not today.'), answer('Seven.', spent)]);
    const { id } = await agent.run({ prompt });
    expect((await agent.fetch(`/tasks/${id}/retry`, { method: 'POST' })).status).toBe(202);
    const task = await agent.ended(id);
    expect(task).toMatchObject({ status: 'COMPLETED', attempts: 2, result: { output: 'Seven.' } });
    expect(provider.requests(prompt).map(({ turn }) => turn)).toEqual([1, 2, 1, 2]);
    expect((await agent.steps(id)).map(({ seq, attempt }) => [seq, attempt])).toEqual([
      ...[1, 2].map((seq) => [seq, 1]),
      ...[3, 4, 5].map((seq) => [seq, 2]),
    ]);
    expect(task.result!.steps).toHaveLength(1);
    expect(task.usage).toMatchObject({ input_tokens: 20, output_tokens: 2 });
  });

  test.each([
    ['says nothing', 'Hang.', silentFor(20_000)],
    ['falls silent', 'Hang in the middle.', stuckFor(20_000)],
  ])('a server that %s is waited for until the deadline', async (_what, prompt, reply) => {
    const { provider } = agent;
    provider.script(prompt, reply);
    const task = await agent.run({ prompt, timeout_ms: 800, max_attempts: 1 });
    expect(task).toMatchObject({ status: 'FAILED', error: { code: 'timeout', retryable: true } });
    expect(task.error!.message).toContain('800 ms');
    const took = Date.parse(task.finished_at!) - Date.parse(task.started_at!);
    expect(took).toBeGreaterThanOrEqual(800);
    expect(took).toBeLessThan(2_000);
    // It also disconnects.
    await eventually('the connection is closed', () => provider.connections.open.length === 0);
    expect(provider.requests(prompt)).toHaveLength(1);
  });
}
