import { setTimeout as sleep } from 'node:timers/promises';

const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 2_000;

/**
 * Waits before the next attempt: exponentially longer, with jitter, so that not all processes return to a
 * restarted broker at once. Ends as soon as the signal aborts.
 */
export async function retryDelay(attempt: number, signal: AbortSignal): Promise<void> {
  const ceiling = Math.min(DELAY_MS_MIN * 2 ** attempt, DELAY_MS_MAX);
  const delayMs = ceiling * (0.5 + Math.random() / 2);
  await sleep(delayMs, undefined, { signal }).catch(() => {});
}
