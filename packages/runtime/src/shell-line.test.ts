import { expect, test } from 'bun:test';
import { shellLine } from './shell-line.ts';

test('a shell splits the line into exactly these words', () => {
  const words = [
    'plain/path-1.2_x',
    '',
    ' two  words ',
    "it's",
    '"$HOME" `id` $(id)',
    String.raw`C:\Program Files\bun`,
    'postgres://u:p@h:1/db?a=1&b=*;#!',
    '-dash',
    '~',
    'çé漢字',
  ];
  const script = `for word in ${shellLine(words)}; do printf '%s\\0' "$word"; done`;
  const { stdout } = Bun.spawnSync(['sh', '-c', script]);
  expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
});

test('words that need no quotes get none', () => {
  expect(shellLine(['claude', '--cwd=/a/b', 'A=b'])).toBe('claude --cwd=/a/b A=b');
});
