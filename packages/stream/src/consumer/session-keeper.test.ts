import { expect, test } from 'bun:test';
import { type Session, SessionKeeper } from './session-keeper.ts';

/** A group member whose first fetch is refused. */
function refusedSession(): Session {
  return {
    ended: Promise.resolve(new Error('refused')),
    joined: true,
    connected: true,
    lastFetchAt: null,
    close: async () => {},
  };
}

test('sessions that end right after joining are retried at growing intervals, and logged once', async () => {
  const openedAt: number[] = [];
  const warnings: string[] = [];
  const five = Promise.withResolvers<void>();
  const keeper = new SessionKeeper({
    open() {
      openedAt.push(performance.now());
      if (openedAt.length === 5) five.resolve();
      return refusedSession();
    },
    name: 'stream consumer',
    logger: { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} },
  });
  keeper.start();
  await five.promise;
  await keeper.stop();
  // 100, 200, 400 and 800 ms at least.
  expect(openedAt[4]! - openedAt[0]!).toBeGreaterThan(1_400);
  expect(warnings).toEqual(['the stream consumer lost its broker; it keeps trying']);
});
