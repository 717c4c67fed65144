import type { UriSubscriptions } from '../watching/uri-subscriptions.ts';

/**
 * Watches the resources for as long as the stream of the answer is open.
 *
 * @param answer is given those of them that are watched
 */
export async function whileOpen(
  uris: readonly string[],
  subscriptions: UriSubscriptions,
  answer: (watched: readonly string[]) => Promise<Response>,
): Promise<Response> {
  const key = Symbol('listen');
  const end = () => subscriptions.remove(key);
  const endAndThrow = (error: unknown) => {
    end();
    throw error;
  };
  const response = await answer(subscriptions.add(key, uris)).catch(endAndThrow);
  if (!response.body) {
    end();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch(endAndThrow);
      if (!done) return controller.enqueue(value);
      end();
      controller.close();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}
