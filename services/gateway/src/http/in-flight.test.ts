import { expect, test } from 'bun:test';
import { createInFlightLimit } from './in-flight.ts';

test('refuses what exceeds the bound, and takes work again when some has ended', async () => {
  const run = createInFlightLimit(2, 'submissions');
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const running = [run(() => first.promise), run(() => second.promise)];
  const third = run(async () => 'never');
  expect(third).rejects.toMatchObject({
    problem: { code: 'overloaded', status: 429 },
    headers: { 'retry-after': '1' },
  });

  first.resolve('done');
  expect(await running[0]).toBe('done');
  expect(await run(async () => 'taken')).toBe('taken');

  second.reject(new Error('failed'));
  expect(running[1]).rejects.toThrow('failed');
  await Promise.allSettled([...running, third]);
  expect(await Promise.all([run(async () => 1), run(async () => 2)])).toEqual([1, 2]);
});
