import { expect, test } from 'bun:test';
import { readEvents } from './event-stream.ts';

async function eventsOf(text: string, chunkBytes: number): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += chunkBytes)
        controller.enqueue(bytes.slice(at, at + chunkBytes));
      controller.close();
    },
  });
  return Array.fromAsync(readEvents(body));
}

const stream = [
  ': keep-alive\n\n',
  'event: message\nid: 7\ndata: {"a":"😀"}\n\n',
  'data:no blank\r\ndata: second line\r\n\r\n',
  'data: by carriage returns\r\r',
  'retry: 5\n\n',
  'data: {"cut":',
].join('');

test.each([1, 2, 3, 7, 10_000])('events in chunks of %d bytes', async (chunkBytes) => {
  expect(await eventsOf(stream, chunkBytes)).toEqual([
    '{"a":"😀"}',
    'no blank\nsecond line',
    'by carriage returns',
  ]);
});
