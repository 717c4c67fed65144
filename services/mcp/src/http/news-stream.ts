const COMMENT = new TextEncoder().encode(': open\n\n');
/** Far more than is ever waiting for a client that reads, even after it was busy for some seconds. */
const UNREAD_BYTES_MAX = 256 * 1024;

/**
 * The same stream of events with two differences. It begins with a comment: Bun sends no headers before the
 * first bytes of a body, and the client of a quiet stream would wait for its connection. And it fails once
 * too much waits to be read: the SDK writes without limit.
 *
 * @param onEnd called once, when the stream has ended or nobody reads it any more
 */
export function newsStream(response: Response, onEnd: () => void): { response: Response; end: () => void } {
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  if (!isStream || !response.body) {
    onEnd();
    return { response, end: () => {} };
  }
  const reader = response.body.getReader();
  const cancel = (reason?: unknown) => reader.cancel(reason).catch(() => {});

  async function pump(stream: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return stream.close();
      if (stream.desiredSize! < value.length) throw new Error('the client does not read');
      stream.enqueue(value);
    }
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(stream) {
        stream.enqueue(COMMENT);
        void pump(stream)
          .catch((error: unknown) => {
            stream.error(error);
            return cancel(error);
          })
          .finally(onEnd);
      },
      cancel,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: UNREAD_BYTES_MAX }),
  );
  // A pending read gets the end of the stream.
  return { response: new Response(body, response), end: () => void cancel() };
}
