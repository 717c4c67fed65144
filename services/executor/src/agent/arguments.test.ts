import { expect, test } from 'bun:test';
import { parseArguments } from './arguments.ts';

test.each(['', ' ', '{}'])('%p means no arguments', (text) => {
  expect(parseArguments({ arguments: text })).toEqual({});
});

test('an object is accepted as it is', () => {
  expect(parseArguments({ arguments: '{"a":[1,{"b":null}]}' })).toEqual({ a: [1, { b: null }] });
});

test.each(['{"a":', 'null', '[1]', '"text"', '1', "{'a':1}", '{"a":1} and so on'])(
  '%p is refused',
  (text) => {
    expect(parseArguments({ arguments: text })).toBeUndefined();
  },
);

test('absurdly deep nesting is refused', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(parseArguments({ arguments: nested(20) })).toBeDefined();
  expect(parseArguments({ arguments: nested(50) })).toBeUndefined();
  expect(parseArguments({ arguments: nested(200_000) })).toBeUndefined();
});
