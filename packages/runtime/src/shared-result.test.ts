import { expect, test } from 'bun:test';
import { shareEach, shareResult } from './shared-result.ts';

test('callers share a result while it loads and until it is stale', async () => {
  let loads = 0;
  const get = shareResult(async () => ++loads, 60_000);
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  expect(await get()).toBe(1);
});

test('a stale result is reloaded', async () => {
  let loads = 0;
  const get = shareResult(async () => ++loads, 0);
  expect(await get()).toBe(1);
  expect(await get()).toBe(2);
});

test('a failure reaches everyone waiting, and nobody after', async () => {
  let loads = 0;
  const get = shareResult(async () => {
    if (++loads === 1) throw new Error('down');
    return loads;
  }, 60_000);
  const outcomes = await Promise.allSettled([get(), get()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await get()).toBe(2);
});

test('each key has its own result, and only so many are kept', async () => {
  const loads: string[] = [];
  const get = shareEach(
    async (input: { name: string }) => {
      loads.push(input.name);
      return input.name;
    },
    ({ name }) => name,
    60_000,
  );
  expect(await Promise.all(['a', 'b', 'a'].map((name) => get({ name })))).toEqual(['a', 'b', 'a']);
  expect(loads).toEqual(['a', 'b']);
  for (let i = 0; i < 999; i++) await get({ name: String(i) });
  await get({ name: 'a' });
  expect(loads.filter((name) => name === 'a')).toHaveLength(1);
  await get({ name: 'b' });
  expect(loads.filter((name) => name === 'b')).toHaveLength(2);
});
