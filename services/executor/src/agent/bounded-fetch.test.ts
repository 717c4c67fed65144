import { afterEach, beforeEach, expect, test } from 'bun:test';
import { ModelError } from '../models/model.ts';
import { boundedFetch } from './bounded-fetch.ts';

const MEGABYTE = 1024 * 1024;
const SENT_MAX = 64 * MEGABYTE;

let server: ReturnType<typeof Bun.serve>;
let answer: () => Response;
let sentBytes: number;
beforeEach(() => {
  sentBytes = 0;
  server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => answer() });
});
afterEach(() => server.stop(true));

/** Sends the piece repeatedly; ends by itself if nobody stops it. */
function endless(piece: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(piece);
  return new ReadableStream({
    pull(controller) {
      if (sentBytes >= SENT_MAX) return controller.close();
      sentBytes += bytes.length;
      controller.enqueue(bytes);
    },
  });
}
const events = (body: string | ReadableStream) => () =>
  new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
const ask = () => boundedFetch(server.url);
const refusalOf = (promise: Promise<unknown>): Promise<ModelError> =>
  promise.then(
    () => Promise.reject(new Error('it was taken')),
    (error) => error,
  );

test('events pass unchanged, however they are separated', async () => {
  for (const text of ['data: a\n\ndata: b\n\n', ': wait\r\n\r\ndata: 一\r\n\r\n', 'data: unfinished']) {
    answer = events(text);
    expect(await (await ask()).text()).toBe(text);
  }
});

test('many megabytes of ordinary events pass', async () => {
  answer = events(endless(`data: ${'x'.repeat(200_000)}\n\n`));
  expect((await (await ask()).bytes()).length).toBe(sentBytes);
});

test.each(['\n', '\r\n'])('they pass if the blank line arrives apart from its event, as %j', async (end) => {
  const event = [`data: ${'x'.repeat(MEGABYTE)}${end}`, ...end];
  const pieces = Array.from({ length: 12 }, () => event).flat();
  let receivedBytes = 0;
  let arrived = Promise.withResolvers<void>();
  arrived.resolve();
  const oneByOne = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await arrived.promise;
      arrived = Promise.withResolvers();
      const piece = pieces.shift();
      if (piece === undefined) return controller.close();
      sentBytes += piece.length;
      controller.enqueue(new TextEncoder().encode(piece));
    },
  });
  answer = events(oneByOne);
  for await (const bytes of (await ask()).body!) {
    receivedBytes += bytes.length;
    if (receivedBytes === sentBytes) arrived.resolve();
  }
  expect(receivedBytes).toBeGreaterThan(12 * MEGABYTE);
});

test.each([
  ['line', 'x'.repeat(200_000)],
  ['event', `data: ${'x'.repeat(200_000)}\n`],
])('a %s that never ends is cut off', async (_, piece) => {
  answer = events(endless(piece));
  const error = await refusalOf((await ask()).text());
  expect(error).toBeInstanceOf(ModelError);
  expect(error).toMatchObject({ code: 'output_too_large', retryable: false });
  expect(sentBytes).toBeLessThan(SENT_MAX);
});

test('of an endless error body only the beginning is read', async () => {
  answer = () =>
    new Response(endless('so sorry '.repeat(20_000)), { status: 503, headers: { 'retry-after': '3' } });
  const response = await ask();
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '3']);
  expect((await response.text()).length).toBe(16 * 1024);
  expect(sentBytes).toBeLessThan(SENT_MAX);
});

test.each([
  'text/html',
  'Text/HTML',
  'application/json',
  'Application/JSON',
  'application/problem+json',
  'application/x-ndjson',
])('%s instead of events is reported', async (type) => {
  answer = () =>
    new Response('{"object":"model"}', { headers: { 'content-type': `${type}; charset=utf-8` } });
  const error = await refusalOf(ask());
  expect(error).toMatchObject({ code: 'provider_not_streaming', retryable: false });
  expect(error.message).toContain(`${type} instead of an event stream: check OPENAI_BASE_URL`);
});

test.each(['600', '999', '099'])(
  'status %s, unknown to HTTP, is an error of the provider',
  async (status) => {
    using odd = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket) {
          socket.end(`HTTP/1.1 ${status} what\r\ncontent-length: 2\r\n\r\n{}`);
        },
      },
    });
    const error = await refusalOf(boundedFetch(`http://127.0.0.1:${odd.port}/`));
    expect(error).toMatchObject({ code: 'provider_error', retryable: true });
    expect(error.message).toContain(`answered ${Number(status)}, which is not an HTTP status`);
  },
);

test('compression is not requested, and refused before anything is unpacked', async () => {
  let asked = '';
  // Unpacking it would fail.
  const packed = 'no gzip';
  const headers = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' };
  server.reload({
    fetch(request) {
      asked = request.headers.get('accept-encoding') ?? '';
      return new Response(packed, { headers, status: request.url.endsWith('/refused') ? 429 : 200 });
    },
  });
  const error = await refusalOf(ask());
  expect(error).toMatchObject({ code: 'provider_not_streaming', retryable: false });
  expect(error.message).toContain('compresses its answers (gzip)');
  expect(asked).toBe('identity');
  const refused = await boundedFetch(new URL('/refused', server.url));
  expect([refused.status, await refused.text()]).toEqual([429, '']);
});
