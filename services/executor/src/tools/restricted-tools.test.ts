import { expect, test } from 'bun:test';
import { builtinTools, createToolRegistry, type ToolError } from '@millrace/tools';
import { restrictTools } from './restricted-tools.ts';

const all = createToolRegistry(builtinTools);
const context = {
  taskId: Bun.randomUUIDv7(),
  workspaceRoot: '/nowhere',
  signal: new AbortController().signal,
};

test('only the named tools are offered', () => {
  const tools = restrictTools(all, ['time', 'calculator']);
  expect(tools.tools.map(({ name }) => name)).toEqual(['time', 'calculator']);
  expect(tools.describe().map(({ name }) => name)).toEqual(['time', 'calculator']);
  expect(tools.get('file_writer')).toBeUndefined();
  expect(restrictTools(all, []).describe()).toEqual([]);
});

test('only they can be called', async () => {
  const tools = restrictTools(all, ['calculator']);
  expect(await tools.call('calculator', { expression: '1+1' }, context)).toBe('2');
  const refused = await tools.call('time', {}, context).catch((error: ToolError) => error);
  expect(refused).toMatchObject({
    code: 'unknown_tool',
    message: 'No tool is named "time". Available tools: calculator.',
  });
});

test('an unknown tool name is an error of the task', () => {
  expect(() => restrictTools(all, ['calculator', 'browser'])).toThrow(
    expect.objectContaining({ code: 'unknown_tool', message: expect.stringContaining('browser') }),
  );
});
