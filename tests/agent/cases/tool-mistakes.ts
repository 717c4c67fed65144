import { expect, test } from 'bun:test';
import type { TaskCreate } from '@millrace/contracts';
import type { AgentStack } from '../agent-stack.ts';
import { toolAnswersIn } from '../provider/provider.ts';
import { answer, type Call, calls } from '../provider/replies.ts';

/** A bad tool call is for the model to correct: it gets the error, and continues. */
export function toolMistakes(agent: AgentStack): void {
  async function mended(prompt: string, wrong: Call, parameters: Partial<TaskCreate> = {}) {
    const { provider } = agent;
    const right = { id: 'call_right', name: 'calculator', arguments: { expression: '2+2' } };
    provider.script(prompt, calls([{ id: 'call_wrong', ...wrong }]), calls([right]), answer('It is 4.'));
    const task = await agent.run({ prompt, ...parameters });
    expect(task).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { output: 'It is 4.' } });
    const requests = provider.requests(prompt);
    expect(requests.map(({ turn }) => turn)).toEqual([1, 2, 3]);
    const told = toolAnswersIn(requests[1]!.body).get('call_wrong');
    expect(told).toBeString();
    const step = (await agent.steps(task.id)).find(({ tool_call_id }) => tool_call_id === 'call_wrong');
    expect(step).toMatchObject({ kind: 'tool', name: wrong.name });
    expect(step!.error).not.toBeNull();
    expect(told).toContain(step!.error!.message);
    return { told: told!, error: step!.error!, requests };
  }

  test('a tool that fails', async () => {
    const wrong = { name: 'calculator', arguments: { expression: '1/0' } };
    const { error } = await mended('Divide by zero.', wrong);
    expect(error.message).toMatch(/zero/i);
  });

  test('arguments that are not JSON', async () => {
    const { told, requests } = await mended('Break off.', {
      name: 'calculator',
      arguments: '{"expression": "1+',
    });
    expect(told).toMatch(/JSON/);
    // Some servers parse the calls in the history they are sent, and would refuse the conversation forever.
    expect(JSON.parse(requests[1]!.body.messages.at(-2)!.tool_calls![0]!.function.arguments)).toEqual({});
  });

  test('arguments of the wrong shape', async () => {
    const wrong = { name: 'calculator', arguments: { expression: 5, precision: 'high' } };
    const { told } = await mended('Shape it wrongly.', wrong);
    expect(told).toContain('expression');
    expect(told).toContain('precision');
  });

  test('arguments that are JSON, but not an object', async () => {
    await mended('Send a list.', { name: 'calculator', arguments: '["1+1"]' });
    await mended('Send nothing.', { name: 'calculator', arguments: '' });
  });

  test('an unknown tool', async () => {
    const { told } = await mended('Reach for the moon.', { name: 'launch_rocket', arguments: {} });
    expect(told).toContain('launch_rocket');
    expect(told).toContain('calculator');
  });

  test('a tool the task may not use is not run', async () => {
    const wrong = { name: 'file_writer', arguments: { path: 'forbidden.txt', content: 'no' } };
    const { told } = await mended('Write it anyway.', wrong, { tools: ['calculator'] });
    expect(told).not.toContain('forbidden.txt');
    const glob = new Bun.Glob('**/forbidden.txt').scan(agent.platform.folder);
    expect(await Array.fromAsync(glob)).toEqual([]);
  });
}
