import { expect, test } from 'bun:test';
import { createRequire } from 'node:module';

interface RequestQueue {
  pending: object[];
  throttledUntil: number;
  throttleCheckTimeoutId: unknown;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

test('a fetch of kafkajs passes on only partitions with data (patches/kafkajs@2.2.4.patch is applied)', async () => {
  const file = createRequire(import.meta.url).resolve('kafkajs/src/consumer/consumerGroup');
  expect(await Bun.file(file).text()).toContain('rawMessages.length > 0');
});

// bun install says nothing when an entry of patchedDependencies no longer fits; an idle process then wakes
// 900 times a second.
test('an idle request queue of kafkajs sets no timer (patches/kafkajs@2.2.4.patch is applied)', () => {
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');
  const logger = { debug() {}, namespace: () => logger };
  const queue: RequestQueue = new RequestQueue({ requestTimeout: 1_000, logger });

  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();

  queue.throttledUntil = Date.now() + 60_000;
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.destroy();

  queue.throttledUntil = -1;
  queue.pending.push({});
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.destroy();
});
