import { expect, test } from 'bun:test';
import { isTraceparent, newTraceparent, traceIdOf } from './traceparent.ts';

const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const wrong = [null, '', 'nonsense', given.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32))];

test('a header is valid or rejected, and each new one is unique', () => {
  expect(isTraceparent(given)).toBe(true);
  for (const header of wrong) expect(isTraceparent(header)).toBe(false);
  const made = newTraceparent();
  expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(isTraceparent(made)).toBe(true);
  expect(newTraceparent()).not.toBe(made);
});

test('the log gets a valid trace id or none', () => {
  expect(traceIdOf(given)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  for (const header of [undefined, ...wrong]) expect(traceIdOf(header)).toBeUndefined();
});
