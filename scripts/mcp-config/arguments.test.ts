import { expect, test } from 'bun:test';
import { parseConfigArguments } from './arguments.ts';
import { CLIENT_NAMES } from './sections.ts';

test('all clients and transports, unless some are named', () => {
  expect(parseConfigArguments([])).toEqual({
    clients: CLIENT_NAMES,
    stdio: true,
    http: true,
    readOnly: false,
    dataDir: undefined,
  });
  expect(parseConfigArguments(['cursor', 'vs-code', 'cursor', '--stdio', '--read-only'])).toMatchObject({
    clients: ['cursor', 'vs-code'],
    stdio: true,
    http: false,
    readOnly: true,
  });
  expect(parseConfigArguments(['--http', '--data-dir=/data'])).toMatchObject({
    stdio: false,
    http: true,
    dataDir: '/data',
  });
  expect(parseConfigArguments(['-h'])).toBeNull();
});

test.each([
  [
    ['zed'],
    /^zed is not a known client\.\n {2}Known clients: claude-desktop, claude-code, cursor, vs-code\./,
  ],
  [['--wat'], /^Unknown option '--wat'\n {2}See `bun run mcp:config --help`/],
  [['--data-dir='], /^--data-dir needs a folder/],
])('refuses %p', (args, message) => {
  expect(() => parseConfigArguments(args)).toThrow(message);
});
