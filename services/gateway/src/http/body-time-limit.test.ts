import { expect, test } from 'bun:test';
import { BodyTimeLimit } from './body-time-limit.ts';

const never = () => new Promise<never>(() => {});

test('settles like the promise, if that is in time', async () => {
  const limit = new BodyTimeLimit(1_000);
  expect(await limit.apply(Promise.resolve(1))).toBe(1);
  await expect(limit.apply(Promise.reject(new Error('its own')))).rejects.toThrow('its own');
});

test('rejects each late promise when its own time is up', async () => {
  const limit = new BodyTimeLimit(400);
  const from = performance.now();
  const ended: number[] = [];
  const wait = async () => {
    const begun = performance.now();
    await expect(limit.apply(never())).rejects.toThrow('did not arrive within');
    ended.push(performance.now() - begun);
  };
  const first = wait();
  // A second wait that begins later.
  await expect(new BodyTimeLimit(100).apply(never())).rejects.toThrow('did not arrive within');
  await Promise.all([first, wait()]);
  for (const ms of ended) expect(ms).toBeGreaterThan(395);
  expect(performance.now() - from).toBeGreaterThan(490);

  // The timer is set for a promise that has already settled.
  await limit.apply(Promise.resolve());
  await wait();
  expect(ended).toHaveLength(3);
});
