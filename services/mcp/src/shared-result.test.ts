import { expect, test } from 'bun:test';
import { shareResult } from './shared-result.ts';

test('those who ask at once, or soon after, share one load', async () => {
  let loads = 0;
  const read = shareResult(async () => ++loads, 60_000);
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  expect(await read()).toBe(1);
});

test('what is too old is loaded anew', async () => {
  let loads = 0;
  const read = shareResult(async () => ++loads, 0);
  expect([await read(), await read()]).toEqual([1, 2]);
});

test('a failure is told to all who wait for it, and not kept', async () => {
  let loads = 0;
  const read = shareResult(async () => {
    if (++loads === 1) throw new Error('away');
    return loads;
  }, 60_000);
  const answers = await Promise.allSettled([read(), read()]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await read()).toBe(2);
});
