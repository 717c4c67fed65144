/** With more clients than this, those whose buckets are full again are forgotten. */
const CLIENTS_MAX = 10_000;
const MINUTE_MS = 60_000;

/**
 * A token bucket for each client. It holds a minute's quota and refills evenly, so a client that was quiet for a minute may send all of
 * it at once. Each process counts by itself: a client has the quota at each.
 */
export class RateLimiter {
  /** When the bucket of each client will be full again. */
  readonly #fullAt = new Map<string, number>();
  readonly #now: () => number;
  #sizeMax = CLIENTS_MAX;

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
    if (this.#fullAt.size > this.#sizeMax) this.#forgetFull(now);
    return 0;
  }

  #forgetFull(now: number): void {
    for (const [client, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(client);
    // Doubled, so that requests of many active clients do not each search all of them.
    this.#sizeMax = Math.max(CLIENTS_MAX, this.#fullAt.size * 2);
  }
}
