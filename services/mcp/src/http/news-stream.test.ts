import { afterAll, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { newsStream } from './news-stream.ts';

const NEWS = new TextEncoder().encode(`data: ${'x'.repeat(10_000)}\n\n`);
/** More than the two sockets buffer, plus far more than may wait. */
const WRITES_MAX = 5_000;

let serve: () => Response;
const server = Bun.serve({ hostname: '127.0.0.1', port: 0, development: false, fetch: () => serve() });
afterAll(() => server.stop(true));

test('a stream whose client does not read is cut, and nothing more is kept for it', async () => {
  const isOver = Promise.withResolvers<void>();
  let writes = 0;
  let stillWanted = true;
  serve = () => {
    const body = new ReadableStream<Uint8Array>({
      // As the SDK writes, without regard to backpressure.
      async start(stream) {
        for (; stillWanted && writes < WRITES_MAX; writes++) {
          stream.enqueue(NEWS);
          await Bun.sleep(0);
        }
        stream.close();
      },
      cancel() {
        stillWanted = false;
      },
    });
    const headers = { 'content-type': 'text/event-stream' };
    return newsStream(new Response(body, { headers }), isOver.resolve).response;
  };
  const client = connect(server.port!, '127.0.0.1').pause();
  client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await isOver.promise;
  expect(writes).toBeLessThan(WRITES_MAX);
  expect(stillWanted).toBe(false);
  // The connection is not kept open either.
  await new Promise((resolve) =>
    client
      .on('close', resolve)
      .on('error', () => {})
      .resume(),
  );
});
