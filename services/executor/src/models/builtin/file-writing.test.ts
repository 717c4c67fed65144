import { describe, expect, test } from 'bun:test';
import { readToolRequest } from './index.ts';

const UNDERSTOOD: [prompt: string, path: string, content: string][] = [
  ['write "hi" to notes.txt', 'notes.txt', 'hi'],
  ['Write "Hi There" to Notes.txt', 'Notes.txt', 'Hi There'],
  ['write hi to notes.txt', 'notes.txt', 'hi'],
  ['please write hello world to notes.txt.', 'notes.txt', 'hello world'],
  ["save 'x' as a.txt", 'a.txt', 'x'],
  ["write 'it's fine' to a.txt", 'a.txt', "it's fine"],
  ['save "x" into the file "my notes.txt"', 'my notes.txt', 'x'],
  ['put "abc" in file out', 'out', 'abc'],
  ['could you write "hi" to a file called notes.txt for me? thanks!', 'notes.txt', 'hi'],
  ['create a file notes.txt with the content "hello"', 'notes.txt', 'hello'],
  ['create a file called notes.txt containing hello world', 'notes.txt', 'hello world'],
  ['create an empty file a.txt', 'a.txt', ''],
  ['write "" to a.txt', 'a.txt', ''],
  ['write to notes.txt: hello, please', 'notes.txt', 'hello, please'],
  ['把“你好”写入 notes.txt', 'notes.txt', '你好'],
  ['把你好写入notes.txt', 'notes.txt', '你好'],
  ['將「你好」儲存到 a.txt', 'a.txt', '你好'],
  ['將「測試」儲存為 a.txt', 'a.txt', '測試'],
  ['帮我把“你好，世界”保存到文件 a.txt 里', 'a.txt', '你好，世界'],
  ['写入 notes.txt：内容', 'notes.txt', '内容'],
  ['寫入 notes.txt：第一行\n第二行\n', 'notes.txt', '第一行\n第二行\n'],
  ['请将以下内容保存到 a.txt：\n你好\n世界', 'a.txt', '你好\n世界'],
  ['創建文件 a.txt，內容為「哈囉」', 'a.txt', '哈囉'],
  ['新建一个文件 a.txt，内容是“你好”', 'a.txt', '你好'],
  ['创建一个名为 a.txt 的文件，内容为“你好”', 'a.txt', '你好'],
  ['在 notes.txt 中写入“你好”', 'notes.txt', '你好'],
  ['写“你好”到 notes.txt', 'notes.txt', '你好'],
  ['将hello world写入到notes.txt文件中', 'notes.txt', 'hello world'],
  ['把文字“你好”写进 笔记.txt', '笔记.txt', '你好'],
  ['把“你好”写入 文件夹/a.txt', '文件夹/a.txt', '你好'],
  ['把“你好”写入新闻.txt', '新闻.txt', '你好'],
  ['把“你好”写入 文件1.txt', '文件1.txt', '你好'],
  ['写入 文件.txt：你好', '文件.txt', '你好'],
  ['创建个人简历.txt，内容为“你好”', '个人简历.txt', '你好'],
  ['创建空白.txt，内容为“你好”', '空白.txt', '你好'],
  ['创建一个报告.txt，内容为“你好”', '报告.txt', '你好'],
  ['创建一个新的报告.txt，内容为“你好”', '报告.txt', '你好'],
  ['创建一个新闻.txt，内容为“你好”', '新闻.txt', '你好'],
  ['写个新的总结.md，内容为“你好”', '总结.md', '你好'],
  ['把“你好”写入一个新的报告.txt', '报告.txt', '你好'],
  ['把“你好”写入新文件夹/a.txt', '新文件夹/a.txt', '你好'],
  ['创建一个空的报告.txt', '报告.txt', ''],
  ['创建一个空文件1.txt', '文件1.txt', ''],
  ['创建空间.txt，内容为“你好”', '空间.txt', '你好'],
  ['创建一个空的 a.txt', 'a.txt', ''],
  ['创建一个新的空文件 笔记.txt', '笔记.txt', ''],
  ['创建文件夹/a.txt，内容为“你好”', '文件夹/a.txt', '你好'],
  ['在 文件夹/a.txt 中写入“你好”', '文件夹/a.txt', '你好'],
  ['新建文档/笔记.txt，内容是“你好”', '文档/笔记.txt', '你好'],
  ['创建一个名为文档/a.txt的文件，内容为“你好”', '文档/a.txt', '你好'],
  ['把“你好”写入名为 笔记.txt 的文件', '笔记.txt', '你好'],
  ['存储你好到 a.txt', 'a.txt', '你好'],
  ['写上你好到 a.txt', 'a.txt', '你好'],
  ['輸出“你好”到 a.txt', 'a.txt', '你好'],
  ['create a file test.txt with "hello" in it', 'test.txt', 'hello'],
  ['make a json file called a.json and write "{}" to it', 'a.json', '{}'],
  ['create a file with the name a.txt and the content "hi"', 'a.txt', 'hi'],
  ['write "hi" to my file notes.txt!', 'notes.txt', 'hi'],
];

const VERBATIM = [
  'line 1\nline 2\n\n  indented\t',
  'ＡＢＣ　１＋１＝？',
  'he said “hi” and "bye"',
  'print("hello")',
  '{"a": "b"}',
  '\\n \\"quoted\\" \\u0041',
  'write "x" to y.txt',
  '計算 1+1 謝謝',
  '😀 İ \ud83d',
];

const NOT_UNDERSTOOD = [
  ...[
    'write a poem',
    'write a poem about the sea',
    '写一首诗',
    '写一篇关于春天的文章',
    'save the planet',
    'put the kettle on',
  ],
  ...[
    'write hi to my mom',
    'write code to production',
    'write',
    '写入',
    '把',
    'append "x" to notes.txt',
    'delete notes.txt',
  ],
  ...[
    'write "a" to x.txt and "b" to y.txt',
    '把“a”写入 a.txt，然后计算1+1',
    '把“a”写入 a.txt 和 b.txt',
    'write "hi to notes.txt',
  ],
  ...[
    'create file a.txt with "x" and then delete it',
    'create file a.txt with "x" and put "y" in it',
    'write "x" to https://a.example/c.txt',
    '把以下内容写入 notes.txt',
  ],
  // Taken literally, the text would end in a verb, or the path would begin midway.
  ...['把你好追加到 a.txt', '将你好复制到a.txt', 'write "hi" to my file.txt', 'write "hi" to my notes.txt'],
];

/** They describe a text to be composed, or do not say where it ends. */
const QUOTES_NEEDED = [
  ...[
    'write a poem to poem.txt',
    'write the result to a.txt',
    'create a file a.txt with nothing',
    'write current time to now.txt',
    'write python code to sort.py',
  ],
  ...[
    '写一首诗到 poem.txt',
    '把结果写入 a.txt',
    '把当前时间写入 a.txt',
    'write hi to a.txt and bye to b.txt',
  ],
  ...[
    'write hello 3 times to a.txt',
    'write hello in French to a.txt',
    'write facts about cats to cats.txt',
    'create a file a.txt with hello in it',
    '写你好三遍到 a.txt',
    'write the contents of a.txt to b.txt',
    '把文件 a.txt 的内容写入 b.txt',
    'create a file a.txt with content x and a file b.txt with content y',
    'write 10 lines of hello to a.txt',
    '创建 a.txt，里面写三个水果',
    '把2加3的和写入 a.txt',
    '把你好用英文写入 a.txt',
  ],
];

describe('writing files', () => {
  test.each(UNDERSTOOD)('%s', (prompt, path, content) => {
    expect(readToolRequest(prompt)).toEqual({
      kind: 'request',
      tool: 'file_writer',
      arguments: { path, content },
    });
  });

  test.each(VERBATIM)('content is kept verbatim: %j', (content) => {
    const expected = { kind: 'request', tool: 'file_writer', arguments: { path: 'a.txt', content } } as const;
    expect(readToolRequest(`把「${content}」写入 a.txt`)).toEqual(expected);
    expect(readToolRequest(`write 「${content}」 to a.txt`)).toEqual(expected);
    expect(readToolRequest(`write "${content}" to a.txt`)).toEqual(expected);
    expect(readToolRequest(`write to a.txt: ${content}`)).toEqual(expected);
  });

  test.each(['../../etc/passwd', '/etc/passwd', '..\\..\\x', 'C:\\x.txt', 'a/../../b.txt', '~/.ssh/config'])(
    'where %s leads is left to the tool',
    (path) => {
      const expected = { kind: 'request', tool: 'file_writer', arguments: { path, content: 'x' } } as const;
      expect(readToolRequest(`write "x" to ${path}`)).toEqual(expected);
      expect(readToolRequest(`把“x”写入 ${path}`)).toEqual(expected);
    },
  );

  test.each(NOT_UNDERSTOOD)('not understood: %s', (prompt) => {
    expect(readToolRequest(prompt)).toMatchObject({
      kind: 'not_understood',
      message: expect.stringContaining('none of the requests'),
    });
  });

  test.each(QUOTES_NEEDED)('nothing is composed: %s', (prompt) => {
    expect(readToolRequest(prompt)).toMatchObject({
      kind: 'not_understood',
      message: expect.stringContaining('in quotes'),
    });
  });
});
