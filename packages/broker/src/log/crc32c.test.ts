import { expect, test } from 'bun:test';
import { crc32c } from './crc32c.ts';

// The vectors of RFC 3720, appendix B.4, and the usual check value.
test.each([
  ['32 zeros', Buffer.alloc(32, 0), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['ascending', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['descending', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
])('of %s', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('of a slice equals that of its copy, at every alignment', () => {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff));
  for (let start = 0; start < 10; start++) {
    for (let end = start; end < bytes.length; end++) {
      expect(crc32c(bytes, start, end)).toBe(crc32c(Buffer.from(bytes.subarray(start, end))));
    }
  }
});
