import { describe, expect, test } from 'bun:test';
import type { TaskStep } from '@millrace/contracts';
import type { NewStep } from '@millrace/db';
import { builtinTools, createToolRegistry, defineTool } from '@millrace/tools';
import { Type } from '@sinclair/typebox';
import { callTool } from './call-tool.ts';

const wordy = defineTool({
  name: 'wordy',
  description: 'for tests',
  parameters: Type.Object({ length: Type.Integer() }),
  run: ({ length }) => 'x'.repeat(length),
});
const broken = defineTool({
  name: 'broken',
  description: 'for tests',
  parameters: Type.Object({}),
  run() {
    throw new TypeError('no such thing');
  },
});
const tools = createToolRegistry([...builtinTools, wordy, broken]);

function call(name: string, args: string) {
  const recorded: Omit<NewStep, 'seq'>[] = [];
  const context = {
    taskId: Bun.randomUUIDv7(),
    workspaceRoot: '/nowhere',
    signal: new AbortController().signal,
  };
  const step = callTool({ id: 'a', name, arguments: args }, tools, context, {
    async record(made) {
      recorded.push(made);
      return made as unknown as TaskStep;
    },
  });
  return { step, recorded };
}

describe('a tool call', () => {
  test('is recorded with its arguments and its output', async () => {
    const begun = performance.now();
    const { step, recorded } = call('calculator', '{"expression":"6*7"}');
    expect(await step).toMatchObject({
      kind: 'tool',
      name: 'calculator',
      arguments: { expression: '6*7' },
      output: '42',
      tool_call_id: 'a',
      error: null,
    });
    expect(recorded[0]!.duration_ms).toBeLessThanOrEqual(performance.now() - begun);
  });

  test.each([
    ['calculator', '{"expression":"1/0"}', 'division_by_zero', /zero/],
    ['calculator', '{"expression":', 'invalid_arguments', /one JSON object/],
    ['calculator', '{"formula":"1"}', 'invalid_arguments', /expression is required/],
    ['calculator', '["1+1"]', 'invalid_arguments', /one JSON object/],
    ['browser', '{}', 'unknown_tool', /Available tools: time, calculator/],
    ['wordy', '{"length":200001}', 'tool_output_too_large', /Ask for less/],
  ])('that fails tells the model why: %s %s', async (name, args, code, told) => {
    const step = await call(name, args).step;
    expect(step.error).toEqual({ code, message: expect.stringMatching(told) });
    expect(step.output).toBe(`Error (${code}): ${step.error!.message}`);
  });

  test('of a tool with a defect throws and records nothing', async () => {
    const { step, recorded } = call('broken', '{}');
    await expect(step).rejects.toThrow('no such thing');
    expect(recorded).toEqual([]);
  });
});
