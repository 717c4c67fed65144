import { expect, test } from 'bun:test';
import { UNRESTRICTED } from '@millrace/db';
import type { ResourceWatch } from '../watching/resource-watch.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { whileOpen } from './while-open.ts';

/** A stream of events that the test writes, and what is watched for whoever reads it. */
function fixture() {
  const watching = new Set<string>();
  const watch: Pick<ResourceWatch, 'watch'> = {
    watch(uri) {
      watching.add(uri);
      return () => void watching.delete(uri);
    },
  };
  let stream!: ReadableStreamDefaultController<Uint8Array>;
  const answer = new Response(
    new ReadableStream({
      start(controller) {
        stream = controller;
      },
    }),
  );
  const subscriptions = new UriSubscriptions(watch as ResourceWatch, UNRESTRICTED, () => {});
  const response = whileOpen(answer, ['a', 'b'], subscriptions);
  return { watching, stream, response };
}

test.each<[string, (fixed: ReturnType<typeof fixture>) => void]>([
  ['ends', ({ stream }) => stream.close()],
  ['fails', ({ stream }) => stream.error(new Error('cut'))],
])('nothing is watched any more once the stream %s', async (_how, finish) => {
  const fixed = fixture();
  expect([...fixed.watching]).toEqual(['a', 'b']);
  finish(fixed);
  await fixed.response.text().catch(() => {});
  expect(fixed.watching.size).toBe(0);
});

test('nothing is watched any more once nobody reads the stream', async () => {
  const { watching, response } = fixture();
  await response.body!.cancel();
  expect(watching.size).toBe(0);
});
