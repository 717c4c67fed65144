import { describe, expect, test } from 'bun:test';
import { nextMove } from './next-move.ts';
import { answer, callingTurn, toolCall, turn } from './steps.testing.ts';

const TURNS_MAX = 3;

describe('the next move', () => {
  test('of a run without steps is to ask the model', () => {
    expect(nextMove([], TURNS_MAX)).toEqual({ kind: 'ask_model' });
  });

  test('after a turn that calls tools is to call them', () => {
    const calls = [toolCall('a'), toolCall('b')];
    expect(nextMove([callingTurn(1, 'a', 'b')], TURNS_MAX)).toEqual({ kind: 'call_tools', calls });
  });

  test('is to call only the tools that have not answered yet, in whatever order the others did', () => {
    const steps = [callingTurn(1, 'a', 'b', 'c'), answer(2, 'c'), answer(3, 'a')];
    expect(nextMove(steps, TURNS_MAX)).toEqual({ kind: 'call_tools', calls: [toolCall('b')] });
  });

  test('after all answers is to ask the model again', () => {
    expect(nextMove([callingTurn(1, 'a'), answer(2, 'a')], TURNS_MAX)).toEqual({ kind: 'ask_model' });
  });

  test('does not take an answer of an earlier turn for one of this turn', () => {
    const steps = [callingTurn(1, 'a'), answer(2, 'a'), callingTurn(3, 'a')];
    expect(nextMove(steps, TURNS_MAX)).toEqual({ kind: 'call_tools', calls: [toolCall('a')] });
  });

  test('after a turn without calls is to answer, whatever finish reason the provider gives', () => {
    for (const finish_reason of ['stop', 'end_turn', 'tool_calls']) {
      expect(nextMove([turn(1, 'done', { finish_reason })], TURNS_MAX)).toEqual({
        kind: 'answer',
        output: 'done',
      });
    }
  });

  test.each([
    ['length', 'output_truncated', /^The model's answer was cut off .* Raise max_output_tokens/],
    ['content_filter', 'content_filtered', /stopped the answer\. It had said: so far$/],
  ])(
    'after a turn that ended with %s is to fail for good, even if it calls tools',
    (finish_reason, code, message) => {
      const move = nextMove([turn(1, 'so far', { finish_reason, tool_calls: [toolCall('a')] })], TURNS_MAX);
      expect(move).toMatchObject({
        kind: 'fail',
        error: { code, retryable: false, message: expect.stringMatching(message) },
      });
    },
  );

  test("after a refusal is to fail with the model's own words", () => {
    const refused = turn(1, 'I cannot help with that.', {
      error: { code: 'refused', message: 'I cannot help with that.' },
    });
    const move = nextMove([refused], TURNS_MAX);
    expect(move).toMatchObject({ kind: 'fail', error: { code: 'refused', retryable: false } });
    expect(move.kind === 'fail' && move.error.message).toContain('I cannot help with that.');
  });

  test('after too many turns is to fail for good, but only once the tools are done', () => {
    const steps = [1, 2, 3].flatMap((n) => [callingTurn(2 * n, 'a'), answer(2 * n + 1, 'a')]);
    expect(nextMove(steps.slice(0, -1), TURNS_MAX).kind).toBe('call_tools');
    expect(nextMove(steps, TURNS_MAX)).toMatchObject({
      kind: 'fail',
      error: { code: 'turn_limit', retryable: false },
    });
    expect(nextMove(steps, TURNS_MAX + 1).kind).toBe('ask_model');
  });
});
