import { expect, test } from 'bun:test';
import { createInFlightLimit } from './in-flight.ts';

test('refuses work beyond the limit, and accepts it again once some has ended', async () => {
  const run = createInFlightLimit(2, 'submissions');
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const running = [run(() => first.promise), run(() => second.promise)];
  const third = run(async () => 'never');
  await expect(third).rejects.toMatchObject({
    problem: { code: 'overloaded', status: 429 },
    headers: { 'retry-after': '1' },
  });

  first.resolve('done');
  expect(await running[0]).toBe('done');
  expect(await run(async () => 'taken')).toBe('taken');

  second.reject(new Error('failed'));
  await expect(running[1]).rejects.toThrow('failed');
  await Promise.allSettled([...running, third]);
  expect(await Promise.all([run(async () => 1), run(async () => 2)])).toEqual([1, 2]);
});

test('refuses an owner work beyond its share, and serves the others', async () => {
  const run = createInFlightLimit(4, 'batches');
  const gate = Promise.withResolvers<string>();
  const running = [run(() => gate.promise, 'ada'), run(() => gate.promise, 'ada')];
  const third = run(async () => 'never', 'ada');
  await expect(third).rejects.toMatchObject({
    problem: {
      status: 429,
      detail: '2 batches of ada, as many as one owner may have, are in progress here; try again shortly.',
    },
    headers: { 'retry-after': '1' },
  });
  await Promise.allSettled([third]);
  expect(await run(async () => 'taken', 'bob')).toBe('taken');
  gate.resolve('done');
  expect(await Promise.all(running)).toEqual(['done', 'done']);
  expect(await run(async () => 'taken', 'ada')).toBe('taken');
});
