import { expect, test } from 'bun:test';
import { LineSplitter } from './line-splitter.ts';

function split(...chunks: (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  splitter.end();
  return lines;
}

test('chunks need not end at the end of a line or character', () => {
  expect(split('on', 'e\ntw', 'o\r\n', '\nlast')).toEqual(['one', 'two', '', 'last']);
  const bytes = Buffer.from('计算 1+1\n');
  expect(split(bytes.subarray(0, 2), bytes.subarray(2))).toEqual(['计算 1+1']);
  expect(split('ended\n')).toEqual(['ended']);
});

test('a line that never ends is emitted in pieces', () => {
  const pieces = split(...Array.from({ length: 10 }, () => 'x'.repeat(100_000)));
  expect(pieces.length).toBeGreaterThan(3);
  expect(pieces.join('')).toBe('x'.repeat(1_000_000));
});
