import { expect, spyOn, test } from 'bun:test';
import { Rounds } from './rounds.ts';

/** Resolves after the third round of its own. */
async function threeRounds(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const rounds = new Rounds(1, async () => {
    if (++count === 3) resolve();
  });
  rounds.start();
  await promise;
  rounds.stop();
}

test('no round follows once they are stopped: before they start, before the first, or during one', async () => {
  let count = 0;
  const stopped = new Rounds(1, async () => void count++);
  stopped.stop();
  stopped.start();
  const before = new Rounds(1, async () => {
    count += 100;
  });
  before.start();
  before.stop();
  const during = new Rounds(1, async () => {
    count += 10;
    during.stop();
  });
  during.start();
  await threeRounds();
  expect(count).toBe(10);
});

test('the next round comes once the last is over, and not before its time', async () => {
  using _ = spyOn(Math, 'random').mockReturnValue(0);
  const begun: string[] = [];
  const rare = new Rounds(60_000, async () => void begun.push('rare'));
  const endless = new Rounds(1, () => {
    begun.push('endless');
    return new Promise(() => {});
  });
  rare.start();
  endless.start();
  await threeRounds();
  rare.stop();
  endless.stop();
  expect(begun).toEqual(['rare', 'endless']);
});
