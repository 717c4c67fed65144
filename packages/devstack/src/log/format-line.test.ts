import { describe, expect, test } from 'bun:test';
import { formatLine } from './format-line.ts';
import { choosePaint, coloured } from './paint.ts';

const at = new Date(2026, 10, 23, 18, 36, 24).toISOString();
const line = (record: object) =>
  formatLine(JSON.stringify({ level: 'info', time: at, name: 'gateway', msg: 'hello', ...record }));

describe('a log line', () => {
  test('of a service becomes time, level, message and fields', () => {
    const fields = { pid: 1, task_id: 'abc', ms: 12, prompt: 'two words', nested: { a: [1] } };
    expect(line(fields)).toEqual([
      '18:36:24 INFO  hello task_id=abc ms=12 prompt="two words" nested={"a":[1]}',
    ]);
    expect(line({ level: 'warn', time: undefined })).toEqual(['WARN  hello']);
  });

  test('with an error shows its stack below', () => {
    const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at here.ts:1' };
    expect(line({ level: 'error', err })).toEqual([
      '18:36:24 ERROR hello',
      '    Error: no',
      '    at here.ts:1',
    ]);
  });

  test('that is not one of ours passes through', () => {
    expect(formatLine('plain text')).toEqual(['plain text']);
    expect(formatLine('{"half":')).toEqual(['{"half":']);
    expect(formatLine('{"neither":"level nor msg"}')).toEqual(['{"neither":"level nor msg"}']);
  });

  test('cannot move the cursor, ring the bell or forge another line', () => {
    expect(formatLine('a\x1b[2Jb\x07c\x1b]0;title\x07\x1b[31mred\x1b[0m')).toEqual(['abc]0;titlered']);
    expect(formatLine('\x1b[31mred\x1b[0m\x1b[1A', coloured)).toEqual(['\x1b[31mred\x1b[0m']);
    expect(line({ prompt: 'x\nfake | \x1b[2J' })).toEqual([
      '18:36:24 INFO  hello prompt="x\\nfake | \\u001b[2J"',
    ]);
  });

  test('of any length is cut to a readable one', () => {
    const [text] = formatLine('x'.repeat(100_000));
    expect(text?.length).toBeLessThan(8_300);
    expect(text).toEndWith('… (91808 more characters)');
  });
});

test('colours follow NO_COLOR, FORCE_COLOR and the terminal', () => {
  const isColoured = (terminal: boolean, environment: Record<string, string>) =>
    choosePaint(terminal, environment) === coloured;
  expect(isColoured(true, {})).toBe(true);
  expect(isColoured(true, { TERM: 'dumb' })).toBe(false);
  expect(isColoured(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
  expect(isColoured(false, {})).toBe(false);
  expect(isColoured(false, { FORCE_COLOR: '1' })).toBe(true);
});
