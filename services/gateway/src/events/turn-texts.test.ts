import { describe, expect, test } from 'bun:test';
import type { DeltaEvent } from '@millrace/contracts';
import fc from 'fast-check';
import { positionAt } from './position.ts';
import { markOf } from './text-mark.ts';
import { TurnText } from './turn-text.ts';
import { BYTES_PER_TURN, TurnTexts } from './turn-texts.ts';

const delta = (task_id: string, offset: number, text: string, attempt = 1, seq = 1): DeltaEvent => ({
  v: 1,
  type: 'delta',
  task_id,
  attempt,
  seq,
  offset,
  text,
});

describe('the text of a turn', () => {
  test('is complete, whatever pieces are repeated, sent again in full, or lost', () => {
    const pieces = fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 });
    const hazards = fc.array(fc.constantFrom('told', 'lost', 'twice', 'whole'), {
      minLength: 20,
      maxLength: 20,
    });
    fc.assert(
      fc.property(pieces, hazards, (said, hazard) => {
        const turn = new TurnText(1, 1);
        const whole = said.join('');
        let offset = 0;
        for (const [i, piece] of said.entries()) {
          if (hazard[i] === 'whole') turn.merge(0, whole.slice(0, offset + piece.length));
          else if (hazard[i] !== 'lost') turn.merge(offset, piece);
          if (hazard[i] === 'twice') turn.merge(offset, piece);
          offset += piece.length;
          // Always a prefix, with the mark that others compute for it.
          expect(whole.startsWith(turn.text)).toBe(true);
          expect(turn.position).toMatchObject({ offset: turn.text.length, mark: markOf(turn.text) });
        }
        const { generation } = turn;
        turn.merge(0, whole);
        expect([turn.text, turn.generation]).toEqual([whole, generation]);
      }),
    );
  });

  test('starts over where it is contradicted', () => {
    const turn = new TurnText(1, 1);
    turn.merge(0, 'The answer is 41');
    const before = turn.position;
    const { generation } = turn;
    turn.merge(0, 'The answer');
    expect(turn.generation).toBe(generation);
    turn.merge(10, ' was 42');
    expect(turn.text).toBe('The answer was 42');
    expect(turn.generation).not.toBe(generation);
    expect(turn.position.mark).toBe(markOf('The answer was 42'));
    expect(turn.continues(before)).toBe(false);
  });

  test('is served from any offset, encoded once for all readers at the same one', () => {
    const turn = new TurnText(2, 3);
    turn.merge(0, 'a 🌍 b');
    // A surrogate pair may be split: both halves arrive.
    const piece = turn.pieceFrom(3);
    expect(piece.frame).toContain('"offset":3,"text":"\\udf0d b"');
    expect(turn.pieceFrom(3)).toBe(piece);
    expect(turn.pieceFrom(0).frame).toContain('"text":"a 🌍 b"');
    expect(turn.pieceFrom(3)).toBe(piece);
    turn.merge(6, '!');
    expect(turn.pieceFrom(3)).not.toBe(piece);
  });
});

describe('texts', () => {
  test('without their beginning wait for it', () => {
    const texts = new TurnTexts();
    texts.hear(delta('a', 4, 'two'));
    expect(texts.find('a', 1, 1)).toBeUndefined();
    texts.hear(delta('A', 0, 'one two'));
    texts.hear(delta('a', 7, ' three'));
    expect(texts.find('a', 1, 1)?.text).toBe('one two three');
  });

  test('are kept apart by attempt and step, and dropped when these are over', () => {
    const texts = new TurnTexts();
    texts.hear(delta('a', 0, 'x', 1, 1));
    texts.hear(delta('a', 0, 'y', 2, 1));
    texts.hear(delta('a', 0, 'z', 2, 2));
    texts.drop('a', positionAt(1, 'waiting', 0));
    expect([texts.find('a', 1, 1), texts.find('a', 2, 1)?.text]).toEqual([undefined, 'y']);
    texts.drop('a', positionAt(2, 'running', 0));
    expect(texts.find('a', 2, 1)?.text).toBe('y');
    texts.drop('a', positionAt(2, 'running', 1));
    expect([texts.find('a', 2, 1), texts.find('a', 2, 2)?.text]).toEqual([undefined, 'z']);
    texts.drop('a', positionAt(2, 'end', 1));
    expect(texts.bytes).toBe(0);
  });

  test('stay within their limit: the one idle longest is evicted', () => {
    const texts = new TurnTexts(1000 + 2 * BYTES_PER_TURN);
    texts.hear(delta('a', 0, 'x'.repeat(200)));
    texts.hear(delta('b', 0, 'x'.repeat(200)));
    texts.hear(delta('a', 200, 'y'));
    texts.hear(delta('c', 0, 'x'.repeat(200)));
    expect(['a', 'b', 'c'].map((id) => texts.find(id, 1, 1)?.text.length)).toEqual([201, undefined, 200]);
    // A text larger than the limit cannot be kept either.
    texts.hear(delta('d', 0, 'x'.repeat(1_000)));
    expect(texts.bytes).toBe(0);
  });

  test('of one task are few, however many attempts events claim', () => {
    const texts = new TurnTexts();
    for (let attempt = 1; attempt <= 100; attempt++) texts.hear(delta('a', 0, 'xx', attempt));
    expect(texts.bytes).toBe(4 * (2 * 2 + BYTES_PER_TURN));
  });

  test('that are short are few too, since each also takes memory of its own', () => {
    const texts = new TurnTexts(100_000);
    for (let task = 0; task < 1_000; task++) texts.hear(delta(`${task}`, 0, 'x'));
    const kept = Array.from({ length: 1_000 }, (_, task) => texts.find(`${task}`, 1, 1)).filter(Boolean);
    expect(kept.length).toBeWithin(100, 250);
    expect(texts.find('999', 1, 1)?.text).toBe('x');
  });

  test('count the bytes they hold', () => {
    const events = fc.array(
      fc.record({
        task: fc.constantFrom('a', 'b', 'c'),
        attempt: fc.integer({ min: 1, max: 6 }),
        offset: fc.integer({ min: 0, max: 6 }),
        text: fc.string({ maxLength: 8 }),
        drop: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(events, (plan) => {
        const max = 60 + 8 * BYTES_PER_TURN;
        const texts = new TurnTexts(max);
        for (const { task, attempt, offset, text, drop } of plan) {
          texts.hear(delta(task, offset, text, attempt));
          if (drop) texts.drop(task, positionAt(attempt, 'running', 1));
          expect(texts.bytes).toBeLessThanOrEqual(max);
        }
        let bytes = 0;
        for (const task of ['a', 'b', 'c']) {
          for (let attempt = 1; attempt <= 6; attempt++) {
            const turn = texts.find(task, attempt, 1);
            if (turn) bytes += 2 * turn.text.length + BYTES_PER_TURN;
          }
        }
        expect(texts.bytes).toBe(bytes);
      }),
    );
  });
});
