import { expect, test } from 'bun:test';
import { traceIdOf, traceparentOrNew } from './traceparent.ts';

const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const wrong = [null, '', 'nonsense', given.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32))];

test('passes a valid header on and replaces anything else', () => {
  expect(traceparentOrNew(given)).toBe(given);
  for (const header of wrong) {
    const made = traceparentOrNew(header);
    expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(made).not.toBe(traceparentOrNew(header));
  }
});

test('the log is told the id of a trace, and nothing that is none', () => {
  expect(traceIdOf(given)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  for (const header of [undefined, ...wrong]) expect(traceIdOf(header)).toBeUndefined();
});
