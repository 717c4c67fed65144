/** An attempt's time limit: expires once, and is paused while the attempt waits through no fault of its own. */
export class Deadline {
  readonly #onExpired: () => void;
  #remainingMs: number;
  #runningSince = 0;
  #timer: Timer | undefined;
  #pauses = 0;

  constructor(ms: number, onExpired: () => void) {
    this.#remainingMs = ms;
    this.#onExpired = onExpired;
    this.#run();
  }

  /** Paused until `wait` settles; waits may overlap. */
  async pausedWhile<T>(wait: Promise<T>): Promise<T> {
    if (this.#pauses++ === 0) this.#halt();
    try {
      return await wait;
    } finally {
      if (--this.#pauses === 0) this.#run();
    }
  }

  /** It never expires after this. */
  stop(): void {
    this.#pauses = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }

  #run(): void {
    this.#runningSince = performance.now();
    this.#timer = setTimeout(this.#onExpired, this.#remainingMs);
  }

  #halt(): void {
    clearTimeout(this.#timer);
    this.#remainingMs = Math.max(0, this.#remainingMs - (performance.now() - this.#runningSince));
  }
}
