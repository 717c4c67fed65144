import { expect, test } from 'bun:test';
import { untrusted } from './untrusted.ts';

test.each([
  ['a whole text', '计算😀', undefined, { text: '计算😀', length: 3, truncated: false }],
  ['a whole text of a known length', '😀', 1, { text: '😀', length: 1, truncated: false }],
  ['a beginning that fits', 'abc', 4, { text: 'abc', length: 4, truncated: true }],
  ['a text that is cut', 'abcdefghij', 10, { text: 'abcde', length: 10, truncated: true }],
  ['a text with hidden characters', 'a\u202eb', 3, { text: 'ab', length: 3, truncated: false }],
])('%s', (_what, head, length, shown) => {
  const text = untrusted(head, { bytesMax: head === 'abcdefghij' ? 5 : 100, ...(length && { length }) });
  expect(text).toEqual({ untrusted: true, ...shown });
});
