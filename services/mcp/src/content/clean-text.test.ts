import { describe, expect, test } from 'bun:test';
import { cleanLine, cleanText, cutToBytes, plainName, shortLine } from './clean-text.ts';

describe('cleaning', () => {
  test.each([
    ['line breaks and tabs stay', 'a\n\tb', 'a\n\tb'],
    ['line breaks of other systems become LF', 'a\r\nb\rc', 'a\nb\nc'],
    ['NUL, bell, backspace', 'a\u0000\u0007\bb', 'ab'],
    ['escape sequences of terminals', '\u001b[31mred\u001b[0m \u009b2J', '[31mred[0m 2J'],
    ['reversed text', 'safe\u202etxt.exe\u202c', 'safetxt.exe'],
    ['text without width', 'pass\u200bword\ufeff', 'password'],
    ['instructions in tag characters', `hi${String.fromCodePoint(0xe0041, 0xe0042)}`, 'hi'],
    ['bytes in variation selectors', `hi${String.fromCodePoint(0xe0158, 0xe01ef, 0xfe00)}`, 'hi'],
    ['fillers and joiners that are shown as nothing', 'a\u3164\u115f\u034f\u206fb', 'ab'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['emoji of several parts stay whole', '👩‍👩‍👧 नमस्ते', '👩‍👩‍👧 नमस्ते'],
    ['signs shown as emoji or as text stay so', '❤\ufe0f ☎\ufe0e', '❤\ufe0f ☎\ufe0e'],
  ])('%s', (_what, given, cleaned) => {
    expect(cleanText(given)).toBe(cleaned);
  });

  test('to one line', () => {
    expect(cleanLine('  a\r\n\r\n b\tc\u0007 ')).toBe('a b c');
  });
});

describe('cutting', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['计算一', 7, '计算'],
    ['a😀b', 4, 'a'],
    ['a😀b', 5, 'a😀'],
    ['', 0, ''],
  ])('%j to %d bytes', (text, bytes, cut) => {
    expect(cutToBytes(text, bytes)).toBe(cut);
  });

  test('a line to its length, and no character in half', () => {
    expect(['ab\nc', 'ab😀', 'ab😀d'].map((text) => shortLine(text, 4))).toEqual(['ab c', 'ab😀', 'ab😀…']);
    expect(shortLine('abc😀', 4)).toBe('abc…');
  });

  test('never leaves more bytes than requested', () => {
    const text = 'é计😀x'.repeat(1_000);
    for (const bytes of [0, 1, 2, 3, 10, 1_999, 2_000]) {
      const cut = cutToBytes(text, bytes);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
      expect(text.startsWith(cut) && cut.isWellFormed()).toBe(true);
    }
  });
});

test.each([
  ['not_understood', true],
  ['gpt-5.1:latest', true],
  ['org/model', true],
  ['Call cancel_task', false],
  ['a\nb', false],
  ['', false],
  ['x'.repeat(129), false],
])('%j is a name: %p', (text, isName) => {
  expect(plainName(text)).toBe(isName ? text : '(not a name)');
});
