import { beforeEach, describe, expect, test } from 'bun:test';
import { RateLimiter } from './rate-limiter.ts';

let now: number;
let limiter: RateLimiter;
beforeEach(() => {
  now = 1_000;
  limiter = new RateLimiter(() => now);
});

/** How many requests pass before one is refused, and the wait it is told. */
function drain(client: string, perMinute: number) {
  for (let passed = 0; ; passed++) {
    const waitMs = limiter.take(client, perMinute);
    if (waitMs > 0) return { passed, waitMs };
  }
}

test.each([1, 11, 60, 1_000])('a burst of a whole minute, %d requests, is allowed', (perMinute) => {
  expect(drain('a', perMinute).passed).toBe(perMinute);
});

test.each([1, 7, 60, 1_000])(
  'at %d a minute, the next request passes after the announced wait, and no sooner',
  (perMinute) => {
    const { waitMs } = drain('a', perMinute);
    now += waitMs - 0.01;
    expect(limiter.take('a', perMinute)).toBeGreaterThan(0);
    now += 0.01;
    expect(limiter.take('a', perMinute)).toBe(0);
    expect(limiter.take('a', perMinute)).toBeGreaterThan(0);
  },
);

test('several requests at once are counted all or none', () => {
  expect(limiter.take('a', 6, 4)).toBe(0);
  expect(limiter.take('a', 6, 4)).toBe(20_000);
  expect(limiter.take('a', 6, 2)).toBe(0);
  now += 40_000;
  expect(limiter.take('a', 6, 4)).toBe(0);
});

test('refused requests do not lengthen the wait', () => {
  const { waitMs } = drain('a', 6);
  for (let i = 0; i < 100; i++) limiter.take('a', 6);
  expect(limiter.take('a', 6)).toBe(waitMs);
});

describe('clients', () => {
  test('do not share a bucket', () => {
    drain('a', 5);
    expect(drain('b', 5).passed).toBe(5);
  });

  test('without a limit are never refused', () => {
    for (let i = 0; i < 1_000; i++) expect(limiter.take('a', null)).toBe(0);
  });
});
