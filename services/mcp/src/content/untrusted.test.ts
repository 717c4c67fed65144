import { expect, test } from 'bun:test';
import { untrusted } from './untrusted.ts';

test.each([
  ['a whole text', '计算😀', {}, { text: '计算😀', length: 3, truncated: false }],
  ['a whole text of a known length', '😀', { length: 1 }, { text: '😀', length: 1, truncated: false }],
  ['a beginning that fits', 'abc', { length: 4 }, { text: 'abc', length: 4, truncated: true }],
  [
    'a text that is cut',
    'abcdefghij',
    { length: 10, bytesMax: 5 },
    { text: 'abcde', length: 10, truncated: true },
  ],
  ['a text with hidden characters', 'a\u202eb', { length: 3 }, { text: 'ab', length: 3, truncated: false }],
])('%s', (_what, head, options, shown) => {
  expect(untrusted(head, { bytesMax: 100, ...options })).toEqual({ untrusted: true, ...shown });
});
