import type { UriSubscriptions } from '../watching/uri-subscriptions.ts';

/** Watches the resources for as long as the stream of the answer is open. */
export function whileOpen(
  answer: Response,
  uris: readonly string[],
  subscriptions: UriSubscriptions,
): Response {
  if (!answer.body || uris.length === 0) return answer;
  const key = Symbol('listen');
  subscriptions.add(key, uris);
  const reader = answer.body.getReader();
  const end = () => subscriptions.remove(key);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        end();
        throw error;
      });
      if (!done) return controller.enqueue(value);
      end();
      controller.close();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
  return new Response(body, answer);
}
