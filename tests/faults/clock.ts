/** The pauses of a schedule: the only place where the suite lets time pass. */
export class Clock {
  readonly #startedAt = performance.now();

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Returns at once if the moment has passed. */
  async until(atMs: number): Promise<void> {
    await pause(atMs - this.elapsedMs);
  }
}

const PAUSE_MS_MAX = 60_000;

export async function pause(durationMs: number): Promise<void> {
  if (durationMs <= 0) return;
  await new Promise((resolve) => setTimeout(resolve, Math.min(durationMs, PAUSE_MS_MAX)));
}
