import { expect, test } from 'bun:test';
import type { AgentStack } from '../agent-stack.ts';
import { toolAnswersIn } from '../provider/provider.ts';
import { answer, calls, callsAfter } from '../provider/replies.ts';

const turns = (requests: readonly { turn: number }[]) => requests.map(({ turn }) => turn);

export function answers(agent: AgentStack): void {
  test('a plain answer', async () => {
    const { provider } = agent;
    provider.script('Say hello.', answer('Hello, Ünïcödé 世界 👋🏽!'));
    const task = await agent.run({ prompt: 'Say hello.' });
    expect(task).toMatchObject({
      status: 'COMPLETED',
      attempts: 1,
      error: null,
      result: { output: 'Hello, Ünïcödé 世界 👋🏽!', steps: [] },
    });
    expect(turns(provider.requests('Say hello.'))).toEqual([1]);
    const steps = await agent.steps(task.id);
    expect(steps).toMatchObject([
      {
        seq: 1,
        attempt: 1,
        kind: 'model',
        output: task.result!.output,
        tool_calls: [],
        finish_reason: 'stop',
      },
    ]);
    expect(Date.parse(steps[0]!.ended_at)).toBeGreaterThanOrEqual(Date.parse(steps[0]!.started_at));
  });

  test('a tool call, whose outcome is passed to the model', async () => {
    const { provider } = agent;
    const call = { id: 'call_1', name: 'calculator', arguments: { expression: '6*7' } };
    provider.script('What is 6*7?', callsAfter('Let me see.', [call]), answer('It is 42.'));
    const task = await agent.run({ prompt: 'What is 6*7?' });
    expect(task).toMatchObject({
      status: 'COMPLETED',
      result: {
        output: 'It is 42.',
        steps: [{ kind: 'tool', name: 'calculator', arguments: { expression: '6*7' }, output: '42' }],
      },
    });
    const requests = provider.requests('What is 6*7?');
    expect(turns(requests)).toEqual([1, 2]);
    expect(requests[1]!.body.messages).toMatchObject([
      { role: 'user', content: 'What is 6*7?' },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [{ id: 'call_1', function: { name: 'calculator', arguments: '{"expression":"6*7"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '42' },
    ]);
    expect(await agent.steps(task.id)).toMatchObject([
      {
        seq: 1,
        kind: 'model',
        output: 'Let me see.',
        finish_reason: 'tool_calls',
        tool_calls: [{ id: 'call_1' }],
      },
      { seq: 2, kind: 'tool', name: 'calculator', output: '42', tool_call_id: 'call_1', error: null },
      { seq: 3, kind: 'model', output: 'It is 42.', finish_reason: 'stop' },
    ]);
  });

  test('three calls in one turn, each answered under its own id', async () => {
    const { provider } = agent;
    const prompt = 'Three things at once, please.';
    const asked = [
      { id: 'call_a', name: 'calculator', arguments: { expression: '1+1' } },
      { id: 'call_b', name: 'time', arguments: { timezone: 'Asia/Tokyo' } },
      { id: 'call_c', name: 'file_writer', arguments: { path: 'three.txt', content: 'three' } },
    ];
    provider.script(prompt, calls(asked), answer('All three done.'));
    const task = await agent.run({ prompt });
    expect(task).toMatchObject({ status: 'COMPLETED', result: { output: 'All three done.' } });
    // They run concurrently, so any may finish first.
    expect(task.result!.steps.map(({ name }) => name).toSorted()).toEqual([
      'calculator',
      'file_writer',
      'time',
    ]);
    const requests = provider.requests(prompt);
    expect(turns(requests)).toEqual([1, 2]);
    const told = toolAnswersIn(requests[1]!.body);
    expect([...told.keys()]).toEqual(['call_a', 'call_b', 'call_c']);
    expect(told.get('call_a')).toBe('2');
    expect(told.get('call_b')).toContain('Asia/Tokyo');
    expect(told.get('call_c')).toContain('three.txt');
  });
}
