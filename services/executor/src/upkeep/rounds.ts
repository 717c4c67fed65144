/** Executors that live for less than a round should have one too. */
const FIRST_MS_MAX = 600_000;

/** Repeats a round of clean-up until it is stopped. */
export class Rounds {
  readonly #everyMs: number;
  readonly #round: (signal: AbortSignal) => Promise<void>;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;

  /** @param round never rejects; ends soon after the signal is aborted */
  constructor(everyMs: number, round: (signal: AbortSignal) => Promise<void>) {
    this.#everyMs = everyMs;
    this.#round = round;
  }

  start(): void {
    // Jittered, so that executors do not all clean up at once.
    this.#schedule(Math.random() * Math.min(this.#everyMs, FIRST_MS_MAX));
  }

  /** A later round, of any executor, finds what a round in progress leaves. */
  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    const { signal } = this.#stopping;
    // Stopped during a round, or before the first: a service may be stopped while it starts.
    if (signal.aborted) return;
    this.#timer = setTimeout(async () => {
      await this.#round(signal);
      this.#schedule(this.#everyMs);
    }, delayMs);
  }
}
