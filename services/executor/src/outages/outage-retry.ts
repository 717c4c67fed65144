import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseUnavailable } from '@millrace/db';

const RETRY_DELAY_MS = 500;

/**
 * Retries for as long as Postgres is unavailable, about every half second, with jitter so that not all come back at once.
 *
 * @param signal stops the retries; its reason is thrown
 */
export async function retryDuringOutage<Answer>(
  ask: () => Promise<Answer>,
  onOutage: (error: unknown) => void,
  signal?: AbortSignal,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      signal?.throwIfAborted();
      onOutage(error);
      await delay(RETRY_DELAY_MS * (0.5 + Math.random()));
      signal?.throwIfAborted();
    }
  }
}
