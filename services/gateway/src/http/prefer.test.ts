import { expect, test } from 'bun:test';
import { preferredWait } from './prefer.ts';

const wait = (header?: string) =>
  preferredWait(new Headers(header === undefined ? {} : { prefer: header }), 60);

test.each<[string, number]>([
  ['wait=10', 10],
  ['Wait = "5"', 5],
  ['respond-async, wait=10', 10],
  ['handling="a, wait=3"; x, wait=7;why=not', 7],
  ['wait=0', 0],
  ['wait=100', 60],
  ['wait=2, wait=9', 2],
])('%s', (header, seconds) => {
  expect(wait(header)).toBe(seconds);
});

test.each([
  '',
  'respond-async',
  'wait',
  'wait=',
  'wait=soon',
  'wait=-1',
  'wait=1.5',
  'await=3',
  'x="wait=3"',
  '"',
])('asks for no wait: %s', (header) => {
  expect(wait(header)).toBeNull();
});

test('asks for no wait without the header, and parses a long one quickly', () => {
  expect(wait()).toBeNull();
  const started = performance.now();
  for (const part of ['"\\', '\\"', '" ', 'wait ', ';', ' ']) {
    expect(wait(`x="${part.repeat(5000)}`)).toBeNull();
    expect(wait(`wait${part.repeat(5000)}x`)).toBeNull();
  }
  expect(performance.now() - started).toBeLessThan(500);
});
