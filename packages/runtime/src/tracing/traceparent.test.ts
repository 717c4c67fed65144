import { expect, test } from 'bun:test';
import { traceparentOrNew } from './traceparent.ts';

test('passes a valid header on and replaces anything else', () => {
  const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  expect(traceparentOrNew(given)).toBe(given);
  for (const wrong of [
    null,
    '',
    'nonsense',
    given.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)),
  ]) {
    const made = traceparentOrNew(wrong);
    expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(made).not.toBe(traceparentOrNew(wrong));
  }
});
