import { expect, test } from 'bun:test';
import { arrayLiteral } from './array-literal.ts';

test('plain texts, numbers and nulls', () => {
  expect(arrayLiteral(['a', '', 'NULL', '{x,y}', ' '])).toBe('{"a","","NULL","{x,y}"," "}');
  expect(arrayLiteral([1, null, 2.5])).toBe('{1,null,2.5}');
  expect(arrayLiteral([null, null])).toBe('{}');
});

test('one text that JSON would escape makes all of them quoted the way Postgres does it', () => {
  expect(arrayLiteral(['a"b', 'c\\d', 'e\nf', null])).toBe('{"a\\"b","c\\\\d","e\nf",null}');
});
