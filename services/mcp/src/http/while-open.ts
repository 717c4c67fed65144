import type { Rechecks, StillAllowed } from '../access/rechecks.ts';
import type { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { newsStream } from './news-stream.ts';

interface Listener {
  readonly uris: readonly string[];
  readonly subscriptions: UriSubscriptions;
  readonly stillAllowed: StillAllowed;
  readonly rechecks: Rechecks;
}

/**
 * Watches the resources while the stream of the answer is open; that ends when its reader may no longer listen.
 *
 * @param answer is passed those of the URIs that are watched
 */
export async function whileOpen(
  { uris, subscriptions, stillAllowed, rechecks }: Listener,
  answer: (watched: readonly string[]) => Promise<Response>,
): Promise<Response> {
  const key = Symbol('listen');
  const { watched, begun } = subscriptions.add(key, uris);
  await begun;
  let end = () => {};
  const forget = rechecks.add(stillAllowed, () => end());
  const over = () => {
    subscriptions.remove(key);
    forget();
  };
  try {
    const news = newsStream(await answer(watched), over);
    end = news.end;
    return news.response;
  } catch (error) {
    over();
    throw error;
  }
}
