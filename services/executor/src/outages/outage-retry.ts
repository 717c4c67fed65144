import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseUnavailable, isPermissionDenied, isSchemaMissing } from '@millrace/db';

const RETRY_DELAY_MS = 500;

/** Whether Postgres fails in a way that passes by itself or once an operator has stepped in. */
export function isOutage(error: unknown): boolean {
  return isDatabaseUnavailable(error) || isPermissionDenied(error) || isSchemaMissing(error);
}

/** About half a second, with jitter so that not all come back at once. */
export function retryPause(): Promise<void> {
  return delay(RETRY_DELAY_MS * (0.5 + Math.random()));
}

/**
 * Retries for as long as an outage lasts.
 *
 * @param signal stops the retries; its reason is thrown
 */
export async function retryDuringOutage<Answer>(
  ask: () => Promise<Answer>,
  onOutage: (error: unknown) => void,
  signal: AbortSignal,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isOutage(error)) throw error;
      signal.throwIfAborted();
      onOutage(error);
      await retryPause();
      signal.throwIfAborted();
    }
  }
}
