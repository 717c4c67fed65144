/** Beyond it, those that count for nothing any more are forgotten. */
const CLIENTS_MAX = 10_000;
const MINUTE_MS = 60_000;

/**
 * A bucket for each client that holds a minute's worth of requests and fills up evenly: whoever was quiet for a minute may send them all
 * at once. One process's own: over several, a client gets as much from each.
 */
export class RateLimiter {
  /** Of each client, when its bucket will be full again. */
  readonly #fullAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Counts a request; one that is refused is not counted.
   *
   * @param perMinute null for no limit
   * @param count so many that come together, and go on together or not at all
   * @returns 0 if it may go on, else after how many milliseconds it may
   */
  take(client: string, perMinute: number | null, count = 1): number {
    if (perMinute === null) return 0;
    const now = this.#now();
    const fullAt = Math.max(now, this.#fullAt.get(client) ?? 0) + (count * MINUTE_MS) / perMinute;
    // Without the last digits, which adding fractions makes up.
    const waitMs = Math.round((fullAt - now - MINUTE_MS) * 1_000) / 1_000;
    if (waitMs > 0) return waitMs;
    this.#fullAt.set(client, fullAt);
    if (this.#fullAt.size > CLIENTS_MAX) this.#forgetFull(now);
    return 0;
  }

  #forgetFull(now: number): void {
    for (const [client, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(client);
  }
}
