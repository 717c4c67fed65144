import type { Rechecks, StillAllowed } from '../access/rechecks.ts';
import type { UriSubscriptions } from '../watching/uri-subscriptions.ts';

export interface Listener {
  readonly uris: readonly string[];
  readonly subscriptions: UriSubscriptions;
  readonly stillAllowed: StillAllowed;
  readonly rechecks: Rechecks;
}

/**
 * Watches the resources for as long as the stream of the answer is open, which it is for as long as its reader may listen.
 *
 * @param answer is given those of them that are watched
 */
export async function whileOpen(
  { uris, subscriptions, stillAllowed, rechecks }: Listener,
  answer: (watched: readonly string[]) => Promise<Response>,
): Promise<Response> {
  const key = Symbol('listen');
  let forget = () => {};
  const over = () => {
    subscriptions.remove(key);
    forget();
  };
  const fail = (error: unknown) => {
    over();
    throw error;
  };
  const { watched, begun } = subscriptions.add(key, uris);
  await begun;
  const response = await answer(watched).catch(fail);
  if (!response.body) {
    over();
    return response;
  }
  const reader = response.body.getReader();
  // Whoever waits for the next piece is given the end.
  forget = rechecks.add(stillAllowed, () => void reader.cancel().catch(() => {}));
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch(fail);
      if (!done) return controller.enqueue(value);
      over();
      controller.close();
    },
    async cancel(reason) {
      over();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}
