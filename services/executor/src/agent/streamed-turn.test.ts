import { describe, expect, test } from 'bun:test';
import type { ChatCompletionChunk } from 'openai/resources';
import { StreamedTurn, TURN_LENGTH_MAX } from './streamed-turn.ts';

type Delta = ChatCompletionChunk.Choice.Delta;
type Finish = ChatCompletionChunk.Choice['finish_reason'];

function chunk(delta: object, finish_reason: Finish = null): ChatCompletionChunk {
  const choice = { index: 0, delta: delta as Delta, finish_reason };
  return { id: 'x', object: 'chat.completion.chunk', created: 0, model: 'm', choices: [choice] };
}

function counts(usage: object): ChatCompletionChunk {
  return { ...chunk({}), choices: [], usage } as unknown as ChatCompletionChunk;
}

function read(...chunks: ChatCompletionChunk[]) {
  const streamed = new StreamedTurn();
  const shown = chunks.map((piece) => streamed.add(piece)).filter((text) => text !== '');
  return { turn: streamed.finish(), shown };
}

const fragment = (
  index: number | null | undefined,
  id: string | undefined,
  name: string | undefined,
  args: string,
) => ({
  tool_calls: [
    {
      ...(index !== undefined && { index }),
      ...(id !== undefined && { id }),
      function: { name, arguments: args },
    },
  ],
});

describe('a streamed turn', () => {
  test('yields its text as it arrives, and in full at the end', () => {
    const begun = performance.now();
    const { turn, shown } = read(
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, 'stop'),
      counts({ prompt_tokens: 3, completion_tokens: 2 }),
    );
    expect(shown).toEqual(['Hel', 'lo']);
    expect(turn).toEqual({
      text: 'Hello',
      refused: false,
      toolCalls: [],
      finishReason: 'stop',
      usage: { prompt_tokens: 3, completion_tokens: 2 },
      durationMs: expect.any(Number),
    });
    expect(turn!.durationMs).toBeLessThanOrEqual(performance.now() - begun);
  });

  test('without a finish reason was cut', () => {
    expect(read(chunk({ content: 'Hel' })).turn).toBeUndefined();
    expect(read().turn).toBeUndefined();
  });

  test('keeps the last usage report that counts anything', () => {
    const told = { prompt_tokens: 30, completion_tokens: 2 };
    const none = [
      counts({}),
      counts({ prompt_tokens: null, completion_tokens: -1 }),
      counts('lots' as never),
    ];
    const reports = [counts({ prompt_tokens: 30, completion_tokens: 1 }), counts(told), ...none];
    expect(read(chunk({}, 'stop'), ...reports).turn?.usage).toEqual(told);
    expect(read(chunk({}, 'stop'), ...none).turn?.usage).toBeNull();
  });

  test('is not ended by an empty or non-text finish reason', () => {
    const unfinished = (reason: unknown) => chunk({ content: 'Hel' }, reason as Finish);
    for (const reason of ['', 1, { type: 'stop' }]) {
      expect(read(unfinished(reason)).turn).toBeUndefined();
      expect(read(unfinished(reason), chunk({}, 'length')).turn).toMatchObject({ finishReason: 'length' });
    }
  });

  test('assembles interleaved calls by their index', () => {
    const { turn, shown } = read(
      chunk(fragment(0, 'a', 'time', '')),
      chunk(fragment(1, 'b', 'calculator', '')),
      chunk(fragment(0, undefined, undefined, '{"timezone":')),
      chunk(fragment(1, undefined, undefined, '{"expression":"1"}')),
      chunk(fragment(0, undefined, undefined, '"UTC"}')),
      chunk({}, 'tool_calls'),
    );
    expect(shown).toEqual([]);
    expect(turn?.toolCalls).toEqual([
      { id: 'a', name: 'time', arguments: '{"timezone":"UTC"}' },
      { id: 'b', name: 'calculator', arguments: '{"expression":"1"}' },
    ]);
  });

  test.each([0, undefined])('separates calls that all have the index %p', (index) => {
    const { turn } = read(
      chunk(fragment(index, 'a', 'time', '{}')),
      chunk(fragment(index, 'b', 'time', '{"timezone":')),
      chunk(fragment(index, 'b', undefined, '"UTC"}')),
      chunk({}, 'tool_calls'),
    );
    expect(turn?.toolCalls.map(({ id, arguments: args }) => [id, args])).toEqual([
      ['a', '{}'],
      ['b', '{"timezone":"UTC"}'],
    ]);
  });

  test.each([0, null, undefined])(
    'separates complete calls without ids that all have the index %p',
    (index) => {
      const { turn } = read(
        chunk(fragment(index, '', 'time', '{}')),
        chunk(fragment(index, '', 'time', '{"timezone":')),
        // Some servers repeat the name with every piece.
        chunk(fragment(index, '', 'time', '"UTC"}')),
        chunk(fragment(index, '', 'time', '')),
        chunk({}, 'tool_calls'),
      );
      expect(turn?.toolCalls.map(({ arguments: args }) => args)).toEqual(['{}', '{"timezone":"UTC"}']);
    },
  );

  test('accepts a number as an id, and an object as arguments', () => {
    const odd = {
      tool_calls: [{ index: 0, id: 7, function: { name: 'time', arguments: { timezone: 'UTC' } } }],
    };
    expect(read(chunk(odd), chunk({}, 'tool_calls')).turn?.toolCalls).toEqual([
      { id: '7', name: 'time', arguments: '{"timezone":"UTC"}' },
    ]);
  });

  test('gives calls without an id a unique one', () => {
    const { turn } = read(
      chunk(fragment(0, 'a', 'time', '{}')),
      chunk(fragment(1, 'a', 'time', '{}')),
      chunk(fragment(2, '', 'time', '{}')),
      chunk(fragment(3, undefined, 'time', '{}')),
      chunk({}, 'tool_calls'),
    );
    const ids = turn!.toolCalls.map(({ id }) => id);
    expect(ids[0]).toBe('a');
    expect(new Set(ids).size).toBe(4);
    expect(ids.every((id) => id.length > 0)).toBe(true);
  });

  test('keeps the text of a refusal', () => {
    const { turn, shown } = read(
      chunk({ refusal: 'I cannot ' }),
      chunk({ refusal: 'help.' }),
      chunk({}, 'stop'),
    );
    expect(turn).toMatchObject({ text: 'I cannot help.', refused: true });
    expect(shown).toEqual(['I cannot ', 'help.']);
  });

  test('tolerates what some servers send: null, lists and missing fields', () => {
    const odd = { id: 'x' } as unknown as ChatCompletionChunk;
    const { turn } = read(
      odd,
      null as unknown as ChatCompletionChunk,
      chunk({ content: null, tool_calls: null }),
      chunk({ content: [{ text: 'x' }], tool_calls: {} }),
      chunk({ tool_calls: [null] }),
      chunk(undefined as never, 'stop\u0000' as Finish),
      chunk({}),
    );
    expect(turn).toMatchObject({ text: '', toolCalls: [], finishReason: 'stop\ufffd', usage: null });
  });

  test('that is too long is an error, be it text, arguments or names', () => {
    const half = 'x'.repeat(TURN_LENGTH_MAX / 2 + 1);
    const named = { tool_calls: ['a', 'b'].map((id) => ({ id, function: { name: half } })) };
    for (const delta of [{ content: half }, fragment(0, 'a', 'time', half), named]) {
      expect(() => read(chunk(delta), chunk(delta))).toThrow(
        expect.objectContaining({ code: 'output_too_large' }),
      );
    }
  });
});
