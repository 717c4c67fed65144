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

/** A stream that says what it is told to. */
function openStream() {
  jest.useFakeTimers();
  const state = { isCancelled: false };
  let stream!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      stream = controller;
    },
    cancel() {
      state.isCancelled = true;
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    events: Array.fromAsync(readEvents(body)),
    state,
    settle,
    async say(text: string) {
      stream.enqueue(new TextEncoder().encode(text));
      await settle();
    },
  };
}

test('a stream that says nothing for a minute has ended, one that says something in time has not', async () => {
  const { events, state, settle, say } = openStream();
  await settle();
  for (const said of [': open\n\n', 'data: news\n\n']) {
    jest.advanceTimersByTime(59_000);
    await say(said);
  }
  jest.advanceTimersByTime(59_000);
  await settle();
  expect(state.isCancelled).toBe(false);
  jest.advanceTimersByTime(16_000);
  expect(await events).toEqual(['news']);
  expect(state.isCancelled).toBe(true);
});

test('a machine that has slept reads what came meanwhile', async () => {
  const { state, settle, say } = openStream();
  for (let slept = 0; slept < 10; slept++) {
    await settle();
    // Every timer is over at once, and then the bytes are read.
    jest.advanceTimersToNextTimer();
    await say(': keepalive\n\n');
  }
  expect(state.isCancelled).toBe(false);
});
