import { expect, test } from 'bun:test';
import { parseUpArguments } from './arguments.ts';

test('reads the options it knows', () => {
  expect(parseUpArguments([])).toEqual({ help: false, executors: 1, dataDir: undefined });
  expect(parseUpArguments(['--executors', '4', '--data-dir=/data'])).toMatchObject({
    executors: 4,
    dataDir: '/data',
  });
  expect(parseUpArguments(['-h']).help).toBe(true);
});

test.each([
  [['--executors', '0'], /^--executors 0: must be a whole number from 1 to 32/],
  [['--executors', '1.5'], /--executors 1\.5/],
  [['--executors=-1'], /--executors -1/],
  [['--executors'], /--executors/],
  [['--data-dir='], /^--data-dir needs a folder/],
  [['--wat'], /Unknown option '--wat'\n {2}See `bun run up --help`/],
  [['start'], /Unexpected argument 'start'/],
])('refuses %p', (args, message) => {
  expect(() => parseUpArguments(args)).toThrow(message);
});
