import { expect, test } from 'bun:test';
import { requestHash } from './request-hash.ts';

test('tells requests apart by meaning, not by spelling', () => {
  const given = requestHash(JSON.parse('{"prompt":"x","metadata":{"b":"2","a":"1","10":"0","9":""}}'));
  expect(given).toMatch(/^[0-9a-f]{64}$/);
  expect(requestHash(JSON.parse('{ "metadata": {"9":"","10":"0","a":"1","b":"2"}, "prompt": "x" }'))).toBe(
    given,
  );
});

test.each([
  ['{"prompt":"y"}'],
  ['{"prompt":"x","priority":5}'],
  ['{"prompt":"x","metadata":{}}'],
  ['{"prompt":"x","metadata":{"a":"1"}}'],
  ['{"prompt":"x","metadata":{"a":"1","__proto__":"1"}}'],
  ['{"prompt":"x","metadata":{"a1":""}}'],
])('%s makes another request', (other) => {
  expect(requestHash(JSON.parse(other))).not.toBe(requestHash({ prompt: 'x' }));
});

test('what is nested too deep for a request is not told apart', () => {
  const nested = (levels: number, inner: string) =>
    requestHash(JSON.parse(`${'['.repeat(levels)}${inner}${']'.repeat(levels)}`));
  expect(nested(64, '1')).not.toBe(nested(64, '2'));
  expect(nested(100_000, '1')).toBe(nested(100_000, '2'));
});

test('metadata named __proto__ counts', () => {
  expect(requestHash(JSON.parse('{"__proto__":"1"}'))).not.toBe(requestHash(JSON.parse('{"__proto__":"2"}')));
});
