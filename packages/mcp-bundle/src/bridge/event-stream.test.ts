import { afterEach, expect, jest, test } from 'bun:test';
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

afterEach(() => void jest.useRealTimers());

test('a stream silent for a minute has ended; one that sends something in time has not', async () => {
  jest.useFakeTimers();
  let stream!: ReadableStreamDefaultController<Uint8Array>;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      stream = controller;
    },
    cancel() {
      isCancelled = true;
    },
  });
  const events = Array.fromAsync(readEvents(body));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (const said of [': open\n\n', 'data: news\n\n']) {
    await settle();
    jest.advanceTimersByTime(59_000);
    stream.enqueue(new TextEncoder().encode(said));
  }
  await settle();
  jest.advanceTimersByTime(59_000);
  expect(isCancelled).toBe(false);
  jest.advanceTimersByTime(1_000);
  expect(await events).toEqual(['news']);
  expect(isCancelled).toBe(true);
});
