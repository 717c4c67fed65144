import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { builtinTools } from './builtin-tools.ts';
import { createToolRegistry } from './registry.ts';
import { defineTool, type ToolContext, ToolError } from './tool.ts';

const context: ToolContext = {
  taskId: Bun.randomUUIDv7(),
  workspaceRoot: '/nonexistent',
  signal: new AbortController().signal,
};

const repeat = defineTool({
  name: 'repeat',
  description: 'Repeats a word.',
  parameters: Type.Object(
    { word: Type.String({ description: 'what to say' }), times: Type.Integer({ minimum: 1 }) },
    { additionalProperties: false },
  ),
  run: async ({ word, times }) => Array(times).fill(word).join(' '),
});

const registry = createToolRegistry([repeat]);

async function refusal(call: Promise<string>): Promise<ToolError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ToolError);
  return error as ToolError;
}

describe('call', () => {
  test('passes validated input to the tool', async () => {
    expect(await registry.call('repeat', { word: 'hi', times: 2 }, context)).toBe('hi hi');
  });

  test('refuses an unknown tool and names the known ones', async () => {
    const error = await refusal(registry.call('shell', {}, context));
    expect(error.code).toBe('unknown_tool');
    expect(error.message).toBe('No tool is named "shell". Available tools: repeat.');
  });

  test.each([
    [{ times: 1 }, 'word is required (what to say).'],
    [{ word: 1, times: 1 }, 'word must be a string, got an integer (what to say).'],
    [{ word: 'a', times: 0 }, 'times must be at least 1, got 0.'],
    [{ word: 'a', times: '2' }, 'times must be an integer, got a string.'],
    [{ word: 'a', times: 1, loud: true }, 'loud is not a known field; known fields are word, times.'],
    [{}, 'word is required (what to say). times is required.'],
    ['hi', 'the arguments must be an object, got a string (with word, times).'],
    [null, 'the arguments must be an object, got null (with word, times).'],
    [undefined, 'the arguments must be an object, got nothing (with word, times).'],
  ])('refuses %j, naming the field and the remedy', async (input, sentence) => {
    const error = await refusal(registry.call('repeat', input, context));
    expect(error.code).toBe('invalid_arguments');
    expect(error.message).toBe(`repeat: ${sentence}`);
  });

  test('does not start a tool for an aborted task', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(registry.call('repeat', { word: 'a', times: 1 }, { ...context, signal })).rejects.toThrow(
      'cancelled',
    );
  });
});

describe('the registry', () => {
  test('lists, looks up and describes the built-in tools as plain JSON Schema', () => {
    const builtin = createToolRegistry(builtinTools);
    expect(builtin.tools.map(({ name }) => name)).toEqual(['time', 'calculator', 'file_writer']);
    expect(builtin.get('calculator')?.name).toBe('calculator');
    expect(builtin.get('toString')).toBeUndefined();

    const [, , fileWriter] = builtin.describe();
    expect(fileWriter).toMatchObject({
      name: 'file_writer',
      description: expect.stringMatching(/^Writes a text file/),
    });
    expect(fileWriter?.parameters).toMatchObject({
      type: 'object',
      required: ['path', 'content'],
      additionalProperties: false,
      properties: { path: { type: 'string' }, content: { type: 'string' } },
    });
    expect(Object.getOwnPropertySymbols(fileWriter!.parameters)).toEqual([]);
  });

  test('refuses duplicate and malformed names', () => {
    expect(() => createToolRegistry([repeat, { ...repeat }])).toThrow('Two tools are named "repeat".');
    expect(() => createToolRegistry([{ ...repeat, name: 'Say-It' }])).toThrow('snake_case');
  });

  test('cannot be changed afterwards', () => {
    expect(Object.isFrozen(registry)).toBe(true);
    expect(() => (registry.tools as unknown[]).push(repeat)).toThrow();
    expect(() => Object.assign(registry.get('repeat')!, { name: 'other' })).toThrow();
  });
});
