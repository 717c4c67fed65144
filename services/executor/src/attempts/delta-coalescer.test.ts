import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test';
import { DeltaCoalescer } from './delta-coalescer.ts';
import { storableText } from './storable-text.ts';

interface Message {
  readonly at: number;
  readonly offset: number;
  readonly text: string;
}

function coalescer() {
  const messages: Message[] = [];
  const turn = new DeltaCoalescer((offset, text) => messages.push({ at: performance.now(), offset, text }));
  return { turn, messages };
}

/** The text as read by a listener of all messages, or by one that joins midway. */
function assemble(messages: readonly Message[]): string {
  let text = '';
  for (const { offset, text: piece } of messages) {
    expect(offset).toBeLessThanOrEqual(text.length);
    text = text.slice(0, offset) + piece;
  }
  return text;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('pieces of text', () => {
  test('are sent at once, and then every 50 ms at most', () => {
    const { turn, messages } = coalescer();
    turn.add('a');
    expect(messages.map(({ text }) => text)).toEqual(['a']);
    for (let i = 0; i < 20; i++) {
      jest.advanceTimersByTime(10);
      turn.add('b');
    }
    turn.end();
    expect(assemble(messages)).toBe(`a${'b'.repeat(20)}`);
    expect(messages.length).toBeLessThanOrEqual(6);
    expect(messages.length).toBeGreaterThanOrEqual(5);
  });

  test('are sent when their time has come, whether or not more follows; after a pause at once', () => {
    const { turn, messages } = coalescer();
    turn.add('a');
    turn.add('b');
    jest.advanceTimersByTime(50);
    expect(assemble(messages)).toBe('ab');
    jest.advanceTimersByTime(60);
    turn.add('c');
    expect(assemble(messages)).toBe('abc');
  });

  test('are all sent by the end, and none after a cancel', () => {
    const ended = coalescer();
    ended.turn.add('a');
    ended.turn.add('b');
    ended.turn.end();
    expect(assemble(ended.messages)).toBe('ab');
    const cancelled = coalescer();
    cancelled.turn.add('a');
    cancelled.turn.add('b');
    cancelled.turn.cancel();
    jest.advanceTimersByTime(1_000);
    expect(assemble(cancelled.messages)).toBe('a');
  });

  test('never split a character, wherever the halves arrive', () => {
    const { turn, messages } = coalescer();
    for (const piece of ['x\ud83d', '\ude00', 'y\ud83d']) {
      turn.add(piece);
      jest.advanceTimersByTime(60);
    }
    expect(messages.every(({ text }) => text.isWellFormed())).toBe(true);
    expect(assemble(messages)).toBe('x😀y');
    turn.end();
    expect(storableText(assemble(messages))).toBe('x😀y\ufffd');
  });
});

test('a text that arrives all at once is cut into messages a broker accepts', () => {
  const { turn, messages } = coalescer();
  const text = `x${'😀'.repeat(120_000)}`;
  turn.add(text);
  expect(messages.length).toBe(3);
  expect(messages.every(({ text: piece }) => piece.isWellFormed() && piece.length <= 100_000)).toBe(true);
  expect(assemble(messages)).toBe(text);
});

describe('now and then the whole text', () => {
  function stream(seconds: number, charactersPerSecond: number) {
    const { turn, messages } = coalescer();
    for (let i = 0; i < seconds * 20; i++) {
      turn.add('x'.repeat(charactersPerSecond / 20));
      jest.advanceTimersByTime(50);
    }
    turn.end();
    const keyframes = messages.filter(({ offset }, index) => offset === 0 && index > 0);
    return { messages, keyframes };
  }

  test('is sent every two seconds, for late listeners', () => {
    const { messages, keyframes } = stream(10, 400);
    expect(assemble(messages)).toBe('x'.repeat(4_000));
    expect(keyframes.length).toBeWithin(4, 6);
    const late = messages.slice(messages.indexOf(keyframes[1]!));
    expect(assemble(late)).toBe('x'.repeat(4_000));
  });

  test('never outweighs the pieces, nor a message that a broker accepts, however long it gets', () => {
    const { messages, keyframes } = stream(300, 2_000);
    expect(messages.every(({ text }) => text.length <= 100_000)).toBe(true);
    const weigh = (some: readonly Message[]) => some.reduce((sum, { text }) => sum + text.length + 200, 0);
    expect(keyframes.length).toBeGreaterThan(3);
    expect(weigh(keyframes)).toBeLessThanOrEqual(weigh(messages) - weigh(keyframes));
    const gaps = keyframes.slice(1).map(({ at }, index) => at - keyframes[index]!.at);
    expect(gaps.at(-1)!).toBeGreaterThan(gaps[0]!);
  });
});
