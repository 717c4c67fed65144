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
