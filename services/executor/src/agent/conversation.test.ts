import { describe, expect, test } from 'bun:test';
import { builtinTools, createToolRegistry } from '@millrace/tools';
import { conversation } from './conversation.ts';
import { answer, callingTurn, claimedTask, toolCall, turn } from './steps.testing.ts';
import { turnRequest } from './turn-request.ts';

const call = (id: string, args = '{"expression":"1+1"}') => ({
  id,
  type: 'function',
  function: { name: 'calculator', arguments: args },
});

describe('a conversation', () => {
  test('begins with the instructions and the prompt', () => {
    expect(conversation(claimedTask({ prompt: 'hi', system: 'be kind' }), [])).toEqual([
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'hi' },
    ]);
    expect(conversation(claimedTask({ prompt: 'hi' }), [])).toEqual([{ role: 'user', content: 'hi' }]);
  });

  test('has the tool answers in the order of the calls, in whatever order they came', () => {
    const steps = [
      callingTurn(1, 'a', 'b'),
      answer(2, 'b', 'second'),
      answer(3, 'a', 'first'),
      turn(4, 'well'),
    ];
    expect(conversation(claimedTask(), steps).slice(1)).toEqual([
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'first' },
      { role: 'tool', tool_call_id: 'b', content: 'second' },
      { role: 'assistant', content: 'well' },
    ] as never);
  });

  test('does not pass on arguments that are not JSON: servers refuse such a request', () => {
    const wrong = turn(1, 'let me see', { tool_calls: [toolCall('a', '{"expression": 1+')] });
    expect(conversation(claimedTask(), [wrong, answer(2, 'a', 'Error')]).slice(1)).toEqual([
      { role: 'assistant', content: 'let me see', tool_calls: [call('a', '{}')] },
      { role: 'tool', tool_call_id: 'a', content: 'Error' },
    ] as never);
  });
});

test('tool names that servers refuse are rewritten to valid ones', () => {
  const names = ['', 'functions.time', '工具', 'x'.repeat(100), 'time'];
  const calls = names.map((name, index) => ({ ...toolCall(String(index)), name }));
  const [, message] = conversation(claimedTask(), [turn(1, '', { tool_calls: calls })]);
  const sent = (message as { tool_calls: { function: { name: string } }[] }).tool_calls;
  expect(sent.map((call) => call.function.name)).toEqual([
    'unnamed',
    'functions_time',
    '__',
    'x'.repeat(64),
    'time',
  ]);
});

describe('the request for a turn', () => {
  const tools = createToolRegistry(builtinTools).describe();

  test('leaves unset what the task does not specify', () => {
    const request = turnRequest(claimedTask(), [], [], {
      providerModel: 'gpt-x',
      outputLimitField: 'max_completion_tokens',
    });
    expect(Object.keys(request).sort()).toEqual(['messages', 'model', 'stream', 'stream_options']);
  });

  test('carries the settings of the task, and the tools as JSON Schema', () => {
    const response_format = {
      type: 'json_schema',
      json_schema: { name: 'sum', schema: { type: 'object' } },
    } as const;
    const task = claimedTask({ temperature: 0, max_output_tokens: 64, response_format });
    const request = turnRequest(task, [], tools, { providerModel: 'gpt-x', outputLimitField: 'max_tokens' });
    expect(request).toMatchObject({ model: 'gpt-x', temperature: 0, max_tokens: 64, response_format });
    expect(request).not.toHaveProperty('max_completion_tokens');
    expect(request.tools).toHaveLength(3);
    expect(request.tools![1]).toMatchObject({
      type: 'function',
      function: { name: 'calculator', parameters: { type: 'object', required: ['expression'] } },
    });
  });
});
