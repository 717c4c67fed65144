/** An attempt's time: runs out once, and stands still while the attempt waits for what is not its fault. */
export class Deadline {
  readonly #onPassed: () => void;
  #remainingMs: number;
  #runningSince = 0;
  #timer: Timer | undefined;
  #pauses = 0;

  constructor(ms: number, onPassed: () => void) {
    this.#remainingMs = ms;
    this.#onPassed = onPassed;
    this.#run();
  }

  /** The time does not run until `wait` has settled; several may wait at once. */
  async pausedWhile<T>(wait: Promise<T>): Promise<T> {
    if (this.#pauses++ === 0) this.#halt();
    try {
      return await wait;
    } finally {
      if (--this.#pauses === 0) this.#run();
    }
  }

  /** Never runs out from now on. */
  stop(): void {
    this.#pauses = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }

  #run(): void {
    this.#runningSince = performance.now();
    this.#timer = setTimeout(this.#onPassed, this.#remainingMs);
  }

  #halt(): void {
    clearTimeout(this.#timer);
    this.#remainingMs = Math.max(0, this.#remainingMs - (performance.now() - this.#runningSince));
  }
}
