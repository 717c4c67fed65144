import { expect, test } from 'bun:test';
import { BodyTimeLimit } from './body-time-limit.ts';

const never = () => new Promise<never>(() => {});

test('settles like the promise, if that is in time', async () => {
  const limit = new BodyTimeLimit(1_000);
  expect(await limit.apply(Promise.resolve(1))).toBe(1);
  await expect(limit.apply(Promise.reject(new Error('its own')))).rejects.toThrow('its own');
});

/** Resolves once it is given up. Not by `rejects`, which would hold up everything else meanwhile. */
async function givenUp(limit: BodyTimeLimit): Promise<void> {
  const [outcome] = await Promise.allSettled([limit.apply(never())]);
  expect(outcome).toMatchObject({ reason: { problem: { code: 'request_timeout' } } });
}

test('rejects each late promise when its own time is up', async () => {
  const order: string[] = [];
  const note = async (name: string, ending: Promise<void>) => {
    await ending;
    order.push(name);
  };
  const limit = new BodyTimeLimit(400);
  const first = note('first', givenUp(limit));
  await givenUp(new BodyTimeLimit(200));
  await Promise.all([
    first,
    note('second', givenUp(limit)),
    note('sooner', givenUp(new BodyTimeLimit(300))),
    note('later', givenUp(new BodyTimeLimit(500))),
  ]);
  expect(order).toEqual(['first', 'sooner', 'second', 'later']);

  // The timer is set for a promise that has already settled.
  await limit.apply(Promise.resolve());
  await givenUp(limit);
});
