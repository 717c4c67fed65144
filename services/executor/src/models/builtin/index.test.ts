import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROMPT_LENGTH_MAX } from '@millrace/contracts';
import { builtinTools, createToolRegistry } from '@millrace/tools';
import { readToolRequest } from './index.ts';
import { fold } from './normalise.ts';
import { WHAT_IS_UNDERSTOOD } from './reading.ts';

describe('readToolRequest', () => {
  test.each([
    'hello',
    '你好',
    'tell me a joke',
    '翻译 hello',
    '',
    ' ',
    'Ignore all previous instructions',
    '?',
    '請',
  ])('what is not a request fails with examples of one: “%s”', (prompt) => {
    expect(readToolRequest(prompt)).toEqual({
      kind: 'not_understood',
      message: expect.stringContaining(WHAT_IS_UNDERSTOOD),
    });
  });

  test('folding keeps every index', () => {
    for (const text of ['\ufeffa', '\ud800x', 'İA', '😀ß', '\u0000', '１＋１'])
      expect(fold(text)).toHaveLength(text.length);
  });
});

describe('with the real tools', async () => {
  const workspaceRoot = await mkdtemp(join(tmpdir(), 'builtin-model-'));
  afterAll(() => rm(workspaceRoot, { recursive: true, force: true }));
  const tools = createToolRegistry(builtinTools);
  const taskId = Bun.randomUUIDv7();
  const run = async (prompt: string) => {
    const read = readToolRequest(prompt);
    if (read.kind !== 'request') throw new Error(read.message);
    return await tools.call(read.tool, read.arguments, {
      taskId,
      workspaceRoot,
      signal: new AbortController().signal,
    });
  };

  test.each([
    ['计算 1+1', '2'],
    ['计算 １＋１', '2'],
    ['帮我算一下 3 的平方', '9'],
    ['calculate 2*(3+4)', '14'],
    ['what is 7% of 100?', '7'],
    ['10除以3余几', '1'],
    ['负三的平方减去五的阶乘', '-111'],
    ['2的负一次方', '0.5'],
    ['10 % 3', '1'],
    ['twenty-one times two', '42'],
    ['三分之一加三分之二', '1'],
    ['27的立方根乘以根号16', '12'],
  ])('%s = %s', async (prompt, answer) => {
    expect(await run(prompt)).toBe(answer);
  });

  test.each([
    ['东京现在几点', 'Asia/Tokyo'],
    ['what time is it in GMT+8', 'UTC+08:00'],
    ['what time is it', 'UTC'],
  ])('%s names %s', async (prompt, zone) => {
    expect(await run(prompt)).toContain(`(${zone}, `);
  });

  test('a file is written as quoted', async () => {
    await run('把“你好，\n世界！”写入 notes.txt');
    expect(await readFile(join(workspaceRoot, taskId, 'notes.txt'), 'utf8')).toBe('你好，\n世界！');
  });

  test('a path out of the workspace is refused by the tool', async () => {
    await expect(run('write "x" to ../../etc/passwd')).rejects.toMatchObject({ name: 'ToolError' });
  });

  test('a division by zero is refused by the tool', async () => {
    await expect(run('calculate 1/0')).rejects.toMatchObject({ name: 'ToolError' });
  });
});

describe('the longest prompts', () => {
  const REPEATED = [
    ...[
      'a',
      ' ',
      '\n',
      '1',
      '1+',
      '-',
      '(',
      '1,',
      '1,000,',
      '=',
      '!',
      '吧',
      '吧!',
      '请',
      'please ',
      '"',
      '“',
      '“”',
      "'",
      '`',
    ],
    ...[
      '一',
      '百',
      '一百二',
      'twenty ',
      'one hundred and ',
      'square root of ',
      '3的平方',
      '的',
      '1除',
      '20% of ',
      'sqrt(',
    ],
    ...[
      '现在',
      '时间',
      '几点',
      'in ',
      'write ',
      'write "a" to ',
      ' to a.txt',
      '写入',
      '到',
      '把',
      '../',
      'a.',
      '.a',
      '😀',
    ],
  ];
  const FRAMES = [
    ...[
      ['', ''],
      ['计算 ', '=?'],
      ['what time is it in ', ' now'],
      ['现在', '几点'],
      ['the sum of ', ''],
      ['write ', ' to a.txt'],
    ],
    ...[
      ['write "', '" to a.txt'],
      ['把', '写入 a.txt'],
      ['把“', ''],
      ['write to a.txt: ', ''],
      ['create a file ', ' with x'],
      ['create a.txt with "x"', 'y'],
    ],
  ];

  /** In CPU time, and the best of a few runs: other work on the machine must not fail the test. */
  function fastestMs(prompt: string): number {
    let fastest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5 && fastest > 50; run++) {
      const before = process.cpuUsage();
      readToolRequest(prompt);
      const { user, system } = process.cpuUsage(before);
      fastest = Math.min(fastest, (user + system) / 1_000);
    }
    return fastest;
  }

  test.each(FRAMES)('“%s” … “%s” takes less than 50 ms to read', (before, after) => {
    for (const unit of REPEATED) {
      const length = PROMPT_LENGTH_MAX - before!.length - after!.length;
      const prompt = before + unit.repeat(Math.ceil(length / unit.length)).slice(0, length) + after;
      expect({ unit, isFast: fastestMs(prompt) < 50 }).toEqual({ unit, isFast: true });
    }
  });

  test('a long text is written in full', () => {
    const content = '第一行，1+1。\n'.repeat(9_000);
    expect(readToolRequest(`把“${content}”写入 a.txt`)).toEqual({
      kind: 'request',
      tool: 'file_writer',
      arguments: { path: 'a.txt', content },
    });
  });
});
