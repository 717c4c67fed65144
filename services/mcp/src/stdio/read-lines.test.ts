import { expect, test } from 'bun:test';
import { readLines } from './read-lines.ts';

test('the longest line may be long, and lines that end may be any number', async () => {
  const line = 'x'.repeat(4 * 1024 * 1024);
  async function* input() {
    for (let i = 0; i < 4; i++)
      for (const piece of [line, `${line}\n`]) yield new TextEncoder().encode(piece);
  }
  let lines = 0;
  for await (const { length } of readLines(input())) {
    expect(length).toBe(2 * line.length);
    lines++;
  }
  expect(lines).toBe(4);
});
