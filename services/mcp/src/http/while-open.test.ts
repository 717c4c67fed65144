import { afterAll, expect, test } from 'bun:test';
import { UNRESTRICTED } from '@millrace/db';
import { Rechecks } from '../access/rechecks.ts';
import type { ResourceWatch } from '../watching/resource-watch.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { whileOpen } from './while-open.ts';

const rechecks = new Rechecks();
afterAll(() => rechecks.close());

/** An event stream written by the test, and what is watched for its reader. */
async function fixture() {
  const watching = new Set<string>();
  const watch: Pick<ResourceWatch, 'watch'> = {
    watch(uri) {
      if (uri.startsWith('file:')) return null;
      watching.add(uri);
      return { begun: begun.promise, stop: () => void watching.delete(uri) };
    },
  };
  const begun = Promise.withResolvers<void>();
  let stream!: ReadableStreamDefaultController<Uint8Array>;
  const answer = new Response(
    new ReadableStream({
      start(controller) {
        stream = controller;
      },
    }),
    { headers: { 'content-type': 'text/event-stream' } },
  );
  const subscriptions = new UriSubscriptions(watch as ResourceWatch, UNRESTRICTED, () => {});
  const uris = ['a', 'file:///b', 'c'];
  const listener = { uris, subscriptions, stillAllowed: () => true, rechecks };
  let isAnswered = false;
  const response = whileOpen(listener, async (watched) => {
    isAnswered = true;
    expect(watched).toEqual(['a', 'c']);
    return answer;
  });
  for (let i = 0; i < 10; i++) await Promise.resolve();
  // It would acknowledge a watch that has not begun.
  expect(isAnswered).toBe(false);
  begun.resolve();
  return { watching, stream, response: await response };
}

test.each<[string, (fixed: Awaited<ReturnType<typeof fixture>>) => void]>([
  ['ends', ({ stream }) => stream.close()],
  ['fails', ({ stream }) => stream.error(new Error('cut'))],
])('nothing is watched once the stream %s', async (_how, finish) => {
  const fixed = await fixture();
  expect([...fixed.watching]).toEqual(['a', 'c']);
  finish(fixed);
  await fixed.response.text().catch(() => {});
  expect(fixed.watching.size).toBe(0);
});

test('nothing is watched once nobody reads the stream', async () => {
  const { watching, response } = await fixture();
  await response.body!.cancel();
  expect(watching.size).toBe(0);
});
