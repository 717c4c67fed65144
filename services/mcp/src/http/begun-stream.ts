const COMMENT = new TextEncoder().encode(': open\n\n');

/**
 * The same stream of events behind a comment. Bun sends no headers before the first bytes of a body, and a stream that has nothing to
 * say yet would leave its client waiting to be connected.
 */
export function begunStream(response: Response): Response {
  if (!response.ok || !response.body) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(COMMENT),
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, response);
}
