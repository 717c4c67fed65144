/** Whether a request that was let in would still be. */
export type StillAllowed = () => boolean | Promise<boolean>;

const INTERVAL_MS = 10_000;

interface Open {
  readonly stillAllowed: StillAllowed;
  readonly end: () => void;
}

/** Ends streams and sessions soon after the key that opened them is revoked or expires. */
export class Rechecks {
  readonly #open = new Set<Open>();
  readonly #timer = setInterval(() => void this.#askAll(), INTERVAL_MS);

  /**
   * @param end may be called again every few seconds, and once more when it has ended
   * @returns to be called once it has ended
   */
  add(stillAllowed: StillAllowed, end: () => void): () => void {
    const open = { stillAllowed, end };
    this.#open.add(open);
    return () => void this.#open.delete(open);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#open.clear();
  }

  async #askAll(): Promise<void> {
    // All at once: keys that have to be looked up are looked up together.
    await Promise.all(
      [...this.#open].map(async (open) => {
        if (!(await open.stillAllowed())) open.end();
      }),
    );
  }
}
