const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 2_000;

/** Exponential with jitter, so that not all processes return to a restarted broker at once. */
export function retryDelayMs(attempt: number): number {
  const ceiling = Math.min(DELAY_MS_MIN * 2 ** attempt, DELAY_MS_MAX);
  return ceiling * (0.5 + Math.random() / 2);
}

/** Resolves after the delay, or as soon as the signal aborts. */
export function sleepUnlessAborted(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  const wake = () => resolve();
  signal.addEventListener('abort', wake);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
  });
}
