/** A schedule's own pauses: the one place where the suite lets time pass. */
export class Clock {
  readonly #startedAt = performance.now();

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** At once if the moment is past. */
  async until(atMs: number): Promise<void> {
    await pause(atMs - this.elapsedMs);
  }
}

const PAUSE_MS_MAX = 60_000;

export async function pause(durationMs: number): Promise<void> {
  if (durationMs <= 0) return;
  await new Promise((resolve) => setTimeout(resolve, Math.min(durationMs, PAUSE_MS_MAX)));
}

const SAMPLE_MS = 20;

/**
 * The longest that this machine made a due timer wait while `work` went on: what a bound on milliseconds has to allow for where
 * others use the processors too.
 */
export async function longestStallMs(work: () => Promise<void>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - SAMPLE_MS);
    last = now;
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return longest;
}
