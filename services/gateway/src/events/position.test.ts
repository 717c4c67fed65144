import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readLastEventId } from './last-event-id.ts';
import {
  comparePositions,
  formatPosition,
  ORIGIN,
  type Position,
  parsePosition,
  positionAt,
} from './position.ts';
import { markOf } from './text-mark.ts';

const number = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const few = fc.integer({ min: 0, max: 3 });

function positionOf(count: fc.Arbitrary<number>): fc.Arbitrary<Position> {
  const stage = fc.constantFrom('running' as const, 'waiting' as const, 'end' as const);
  return fc.record({ attempt: count, seq: count, stage, text: fc.string({ maxLength: 3 }) }).map((made) => {
    const position = positionAt(made.attempt, made.stage, made.seq);
    if (made.stage !== 'running') return position;
    return { ...position, offset: made.text.length, mark: markOf(made.text) };
  });
}

test('ids have the format given in the comment', () => {
  expect(formatPosition(ORIGIN)).toBe('0.0.waiting');
  expect(formatPosition(positionAt(2, 'running', 5))).toBe('2.5');
  expect(formatPosition({ ...positionAt(2, 'running', 5), offset: 130, mark: 35 })).toBe('2.5.130.z');
  expect(formatPosition(positionAt(2, 'end', 5))).toBe('2.5.end');
});

test('every position survives formatting and parsing', () => {
  fc.assert(
    fc.property(positionOf(number), (position) => {
      expect(parsePosition(formatPosition(position))).toEqual(position);
    }),
  );
});

test('whatever parses formats back to the same position, and the rest is refused', () => {
  const almost = fc.stringMatching(
    /^[0-9a-z.]{0,5}\.?[0-9]{0,3}\.?(waiting|end|[0-9]{0,3}\.[0-9a-z]{0,3})?$/,
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), almost), (text) => {
      const position = parsePosition(text);
      if (position && position.offset > 0) expect(position.mark).toBeGreaterThanOrEqual(0);
      const again = position && parsePosition(formatPosition(position));
      expect(again).toEqual(position);
    }),
  );
  for (const text of [
    '',
    '1',
    '1.',
    '.1',
    '01.0',
    '1.0.',
    '1.0.5',
    '1.0.5.',
    '1.0.END',
    '1.0.5.AB',
    ' 1.0',
    '1.0\n',
    '2147483648.0',
  ]) {
    expect({ text, position: parsePosition(text) }).toEqual({ text, position: null });
  }
});

test('an empty header, as some clients send at first, is none', () => {
  expect(readLastEventId(new Headers({ 'last-event-id': '' }))).toBeNull();
  expect(readLastEventId(new Headers({ 'last-event-id': '2.5' }))).toEqual(positionAt(2, 'running', 5));
});

describe('the order', () => {
  test('is total: antisymmetric, transitive, and zero only for the same place', () => {
    fc.assert(
      fc.property(positionOf(few), positionOf(few), positionOf(few), (a, b, c) => {
        expect(Math.sign(comparePositions(a, b))).toBe(-Math.sign(comparePositions(b, a)) + 0);
        if (comparePositions(a, b) <= 0 && comparePositions(b, c) <= 0) {
          expect(comparePositions(a, c)).toBeLessThanOrEqual(0);
        }
        const samePlace = comparePositions(a, b) === 0;
        expect(samePlace).toBe(formatPosition({ ...a, mark: 0 }) === formatPosition({ ...b, mark: 0 }));
      }),
      { numRuns: 1000 },
    );
  });

  test("is that of a task's events", () => {
    const story = [
      '0.0.waiting',
      '1.0',
      '1.0.1.a',
      '1.0.20.a',
      '1.1',
      '1.1.waiting',
      '2.1',
      '2.1.3.a',
      '2.2',
      '2.2.end',
    ];
    const positions = story.map((id) => parsePosition(id)!);
    const shuffled = [...positions].sort(() => 0.5 - Math.random());
    expect(shuffled.sort(comparePositions).map(formatPosition)).toEqual(story);
  });
});
