import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { UNRESTRICTED } from '@millrace/db';
import { Rechecks } from '../access/rechecks.ts';
import type { ResourceWatch } from '../watching/resource-watch.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { whileOpen } from './while-open.ts';

let rechecks: Rechecks;
let checks: number;
let watching: Set<string>;
beforeEach(() => {
  jest.useFakeTimers();
  rechecks = new Rechecks();
  checks = 0;
  watching = new Set();
});
afterEach(() => {
  rechecks.close();
  jest.useRealTimers();
});

/** What is watched for the reader of an answer. */
async function listen(answer: () => Response): Promise<Response> {
  const begun = Promise.withResolvers<void>();
  const watch: Pick<ResourceWatch, 'watch'> = {
    watch(uri) {
      if (uri.startsWith('file:')) return null;
      watching.add(uri);
      return { begun: begun.promise, stop: () => void watching.delete(uri) };
    },
  };
  const subscriptions = new UriSubscriptions(watch as ResourceWatch, UNRESTRICTED, () => {});
  const stillAllowed = () => {
    checks++;
    return true;
  };
  const listener = { uris: ['a', 'file:///b', 'c'], subscriptions, stillAllowed, rechecks };
  let isAnswered = false;
  const response = whileOpen(listener, async (watched) => {
    isAnswered = true;
    expect(watched).toEqual(['a', 'c']);
    return answer();
  });
  for (let i = 0; i < 10; i++) await Promise.resolve();
  // It would acknowledge a watch that has not begun.
  expect(isAnswered).toBe(false);
  begun.resolve();
  return response;
}

/** An event stream written by the test. */
async function listenToStream() {
  let stream!: ReadableStreamDefaultController<Uint8Array>;
  const start = (controller: typeof stream) => {
    stream = controller;
  };
  const headers = { 'content-type': 'text/event-stream' };
  const response = await listen(() => new Response(new ReadableStream({ start }), { headers }));
  expect([...watching]).toEqual(['a', 'c']);
  jest.advanceTimersByTime(10_000);
  expect(checks).toBe(1);
  return { stream, response };
}

function expectOver(checksBefore: number): void {
  expect([...watching]).toEqual([]);
  jest.advanceTimersByTime(60_000);
  expect(checks).toBe(checksBefore);
}

test.each<[string, (fixed: Awaited<ReturnType<typeof listenToStream>>) => unknown]>([
  ['the stream ends', ({ stream }) => stream.close()],
  ['the stream fails', ({ stream }) => stream.error(new Error('cut'))],
  ['nobody reads the stream', ({ response }) => response.body!.cancel()],
])('nothing is watched or checked once %s', async (_how, finish) => {
  const fixed = await listenToStream();
  await finish(fixed);
  await fixed.response.text().catch(() => {});
  expectOver(1);
});

test('nothing is watched or checked for a request that is refused, or fails', async () => {
  expect((await listen(() => Response.json({}, { status: 406 }))).status).toBe(406);
  expectOver(0);
  const failing = listen(() => {
    throw new Error('it fails');
  });
  await expect(failing).rejects.toThrow('it fails');
  expectOver(0);
});
