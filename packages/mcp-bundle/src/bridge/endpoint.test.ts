import { afterEach, expect, jest, test } from 'bun:test';
import { Endpoint } from './endpoint.ts';
import { AnswerLost } from './failure.ts';

afterEach(() => void jest.useRealTimers());

test('a request that nothing comes back for has lost its answer after a minute, and not before', async () => {
  const asked = Promise.withResolvers<void>();
  await using server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch() {
      asked.resolve();
      return new Promise<Response>(() => {});
    },
  });
  jest.useFakeTimers();
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' } as const;
  let failure: unknown;
  const posted = new Endpoint(server.url, undefined)
    .post(ping, {}, new AbortController().signal)
    .catch((error: unknown) => {
      failure = error;
    });
  await asked.promise;
  jest.advanceTimersByTime(60_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(failure).toBeUndefined();
  jest.advanceTimersByTime(15_000);
  await posted;
  expect(failure).toBeInstanceOf(AnswerLost);
  await server.stop(true);
});

test('an answer that comes slowly is read to its end, however long that takes', async () => {
  const parts = ['{"jsonrpc":"2.0",', '"id":1,', '"result":', '{}}'];
  const came = parts.map(() => Promise.withResolvers<void>());
  await using server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: () =>
      new Response(
        async function* () {
          for (const [index, part] of parts.entries()) {
            await came[index]!.promise;
            yield part;
          }
        } as unknown as ReadableStream,
        { headers: { 'content-type': 'application/json' } },
      ),
  });
  jest.useFakeTimers();
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' } as const;
  const reading = jest.spyOn(TextDecoder.prototype, 'decode');
  const posted = new Endpoint(server.url, undefined).post(ping, {}, new AbortController().signal);
  for (const [index, { resolve }] of came.entries()) {
    jest.advanceTimersByTime(45_000);
    resolve();
    while (reading.mock.calls.length <= index) await new Promise((done) => setImmediate(done));
  }
  const { messages } = await posted;
  expect(await Array.fromAsync(messages)).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
  await server.stop(true);
});
