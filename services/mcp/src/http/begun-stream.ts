const COMMENT = new TextEncoder().encode(': open\n\n');

/**
 * The same stream of events behind a comment. Bun sends no headers before the first bytes of a body, and a stream that has nothing to
 * say yet would leave its client waiting to be connected.
 *
 * @param onEnd called when the stream has ended, or nobody reads it any more
 */
export function begunStream(response: Response, onEnd: () => void): Response {
  if (!response.ok || !response.body) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(COMMENT),
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      onEnd();
      controller.close();
    },
    cancel(reason) {
      onEnd();
      return reader.cancel(reason);
    },
  });
  return new Response(body, response);
}
