import { expect, test } from 'bun:test';
import type { Problem } from '@millrace/contracts';
import type { AgentStack } from '../agent-stack.ts';
import { answer } from '../provider/replies.ts';

const toolNames = ({ tools }: { tools?: { function: { name: string } }[] }) =>
  tools?.map((tool) => tool.function.name);

export function parameters(agent: AgentStack): void {
  async function requestFor(task: Record<string, unknown> & { prompt: string }) {
    agent.provider.script(task.prompt, answer('{"city":"Bern"}'));
    const { status, result } = await agent.run(task);
    expect({ status, output: result?.output }).toEqual({ status: 'COMPLETED', output: '{"city":"Bern"}' });
    return agent.provider.requests(task.prompt)[0]!.body;
  }

  test('every model setting of a task reaches the provider', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const response_format = { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } };
    const body = await requestFor({
      prompt: 'Which city?',
      system: 'You are a geographer.',
      temperature: 0.25,
      max_output_tokens: 123,
      response_format,
      tools: ['time'],
    });
    expect(body).toMatchObject({
      model: 'gpt-test',
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.25,
      response_format,
    });
    expect(body.max_completion_tokens ?? body.max_tokens).toBe(123);
    expect(body.messages).toEqual([
      { role: 'system', content: 'You are a geographer.' },
      { role: 'user', content: 'Which city?' },
    ]);
    expect(toolNames(body)).toEqual(['time']);
  });

  test('tools are offered as JSON Schema, all of them by default', async () => {
    const body = await requestFor({ prompt: 'Which tools?' });
    expect(toolNames(body)!.toSorted()).toEqual(['calculator', 'file_writer', 'time']);
    for (const { function: offered } of body.tools!) {
      expect(offered.description).toBeString();
      expect(offered.parameters).toMatchObject({ type: 'object' });
    }
    const calculator = body.tools!.find((tool) => tool.function.name === 'calculator');
    expect(calculator!.function.parameters).toMatchObject({ properties: { expression: { type: 'string' } } });
  });

  test('unset fields are not sent, and an empty tools list offers none', async () => {
    const body = await requestFor({
      prompt: 'No tools.',
      tools: [],
      response_format: { type: 'json_object' },
    });
    expect(body.tools).toBeUndefined();
    expect(body.response_format).toEqual({ type: 'json_object' });
    for (const field of ['temperature', 'max_tokens', 'max_completion_tokens', 'tool_choice'])
      expect(body).not.toHaveProperty(field);
    expect(body.messages.map(({ role }) => role)).toEqual(['user']);
  });

  test('an unknown model is refused with the list of known ones', async () => {
    const response = await agent.fetch('/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Hello.', model: 'gpt-unheard-of' }),
    });
    expect(response.status).toBe(422);
    const problem = JSON.stringify((await response.json()) as Problem);
    for (const id of ['priced', 'free', 'builtin']) expect(problem).toContain(id);
    expect(agent.provider.requests().filter(({ body }) => body.model === 'gpt-unheard-of')).toEqual([]);
  });
}
