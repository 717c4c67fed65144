import { expect, test } from 'bun:test';
import { ToolError } from '../tool.ts';
import { parsePath } from './path-rules.ts';

test.each([
  ['notes.txt', ['notes.txt']],
  ['a/b/c.txt', ['a', 'b', 'c.txt']],
  ['.env', ['.env']],
  ['..notes', ['..notes']],
  ['a/...b', ['a', '...b']],
  ['console.txt', ['console.txt']],
  ['计算/结果 1.txt', ['计算', '结果 1.txt']],
  ['%2e%2e/a', ['%2e%2e', 'a']],
  ['cafe\u0301.txt', ['caf\u00e9.txt']],
  ['a'.repeat(255), ['a'.repeat(255)]],
  [Array(16).fill('a').join('/'), Array(16).fill('a')],
])('accepts %p', (path, segments) => {
  expect(parsePath(path)).toEqual(segments);
});

test.each([
  ['', 'is empty'],
  ['/etc/passwd', 'is absolute'],
  ['//server/share', 'is absolute'],
  ['C:/Windows', 'is absolute'],
  ['c:notes.txt', 'is absolute'],
  ['\\\\server\\share', 'holds a backslash'],
  ['a\\..\\b', 'holds a backslash'],
  ['..', 'holds ".."'],
  ['../a', 'holds ".."'],
  ['a/../../b', 'holds ".."'],
  ['a/..', 'holds ".."'],
  ['.', 'holds "."'],
  ['./a', 'holds "."'],
  ['a//b', 'has an empty part'],
  ['a/', 'has an empty part'],
  ['~/a', 'starts with "~"'],
  ['~root', 'starts with "~"'],
  ['a\0.txt', 'holds a control character'],
  ['a\n.txt', 'holds a control character'],
  ['a\u007f', 'holds a control character'],
  ['a\u202etxt.exe', 'holds a control character'],
  ['a\ud800', 'holds half of a surrogate pair'],
  ['ab:c', 'holds one of'],
  ['what?', 'holds one of'],
  ['a|b', 'holds one of'],
  ['a.', 'ends in a dot or a space'],
  ['a /b', 'ends in a dot or a space'],
  ['...', 'ends in a dot or a space'],
  ['CON', 'uses the reserved name'],
  ['nul.txt', 'uses the reserved name'],
  ['a/com1.tar.gz', 'uses the reserved name'],
  ['LPT¹', 'uses the reserved name'],
  ['aux .txt', 'uses the reserved name'],
  ['.millrace-tmp-1', 'uses a name kept for temporary files'],
  ['.MILLRACE-TMP-1/a', 'uses a name kept for temporary files'],
  ['a'.repeat(256), 'longer than 255 bytes'],
  ['é'.repeat(128), 'longer than 255 bytes'],
  [`${'a'.repeat(250)}/`.repeat(5), 'longer than 1024 bytes'],
  [Array(17).fill('a').join('/'), 'more than 16 levels deep'],
])('refuses %p', (path, fault) => {
  expect(() => parsePath(path)).toThrow(ToolError);
  expect(() => parsePath(path)).toThrow(fault);
});
