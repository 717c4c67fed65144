const MINUTE_MS = 60_000;

/**
 * A token bucket for each client. It holds a minute's quota and refills evenly, so a client that was quiet
 * for a minute may send all of it at once. Each process counts by itself: a client has the quota at each.
 */
export class RateLimiter {
  /** When the bucket of each client will be full again. Only valid keys get this far: no stranger can fill the memory. */
  readonly #fullAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Counts a request, unless it is refused.
   *
   * @param perMinute null for no limit
   * @param count of requests that are admitted together or not at all
   * @returns 0 if admitted, otherwise after how many milliseconds it would be
   */
  take(client: string, perMinute: number | null, count = 1): number {
    if (perMinute === null) return 0;
    const now = this.#now();
    const fullAt = Math.max(now, this.#fullAt.get(client) ?? 0) + (count * MINUTE_MS) / perMinute;
    // Rounded: adding fractions leaves an error in the last digits.
    const waitMs = Math.round((fullAt - now - MINUTE_MS) * 1_000) / 1_000;
    if (waitMs > 0) return waitMs;
    this.#fullAt.set(client, fullAt);
    return 0;
  }
}
