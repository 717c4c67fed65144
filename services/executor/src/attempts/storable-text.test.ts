import { expect, test } from 'bun:test';
import { storableJson, storableText } from './storable-text.ts';

test('what Postgres refuses is replaced, and lengths are kept', () => {
  for (const [text, expected] of [
    ['plain 😀 text', 'plain 😀 text'],
    ['a\u0000b', 'a\ufffdb'],
    ['\ud800x\udc00', '\ufffdx\ufffd'],
  ] as const) {
    expect(storableText(text)).toBe(expected);
    expect(storableText(text)).toHaveLength(text.length);
  }
});

test('in JSON, keys included', () => {
  const value = JSON.parse('{"a\\u0000":["\\ud800",1,null,{"b":true}],"__proto__":{"c":"\\u0000"}}');
  expect(JSON.stringify(storableJson(value))).toBe('{"a�":["�",1,null,{"b":true}],"__proto__":{"c":"�"}}');
});
