import { expect, test } from 'bun:test';
import { messageLine, readLines } from './message-lines.ts';

async function* chunks(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

test.each([1, 3, 1_000])('lines in chunks of %d bytes, the last one unterminated', async (size) => {
  const text = '{"first":"漢字"}\r\n\n  \n{"second":2}\n{"third":3}';
  expect(await Array.fromAsync(readLines(chunks(text, size)))).toEqual([
    '{"first":"漢字"}',
    '{"second":2}',
    '{"third":3}',
  ]);
});

test('a message is one line, whatever text it holds', () => {
  expect(messageLine({ jsonrpc: '2.0', id: 1, result: { text: 'a\nb\u2028c' } }).split('\n')).toHaveLength(2);
});
