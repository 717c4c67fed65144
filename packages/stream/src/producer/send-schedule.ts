const LOW_RATE_INTERVAL_MS = 3;
const MEDIUM_RATE_PER_MS = 0.3;
const MEDIUM_RATE_INTERVAL_MS = 8;
/** From this rate on, the interval depends on the load. */
const HIGH_RATE_PER_MS = 4;
const INTERVAL_MS_MAX = 24;
const INTERVAL_MS_PER_ARRIVAL = 2;
/** A single send says little, since arrivals come in bursts, one per commit, and any send may be retried. */
const SMOOTHING = 1 / 8;
const ARRIVALS_MAX = 64;
/** Too short a time says nothing about a rate. */
const RATE_MS_MIN = LOW_RATE_INTERVAL_MS;
/** For what is not urgent. */
const SOON_MS = 8;

/**
 * Decides when to send next. A send costs as much as a hundred messages in it: here, at the broker, and for
 * everyone who polls. So a lone message goes at once, and after a send, messages gather for an interval. At
 * high rates the interval grows with the number of messages that arrive during a send: a busy machine answers
 * slowly, and fewer sends relieve it; one that answers quickly delays nothing.
 */
export class SendSchedule {
  #isDue = false;
  #soon: Timer | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;
  /** Smoothed number of messages that arrive during a send. */
  #arrivals = 0;
  #woken = Promise.withResolvers<void>();

  /** Whether a send has been requested since the last one began. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Requests a send: at once, if the interval since the last one has passed. */
  request(): void {
    this.#isDue = true;
    this.wake();
  }

  /** Requests a send that is not urgent, so that it may share one with what comes next. */
  requestSoon(): void {
    if (!this.#isDue) this.#soon ??= setTimeout(() => this.request(), SOON_MS);
  }

  /** Ends `untilNext` even if nothing is due. */
  wake(): void {
    this.#woken.resolve();
  }

  /** A send of `count` items begins: later requests are for the next one. */
  begin(count: number): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#isDue = false;
    const now = performance.now();
    const perMs = count / Math.max(now - this.#begunAt, RATE_MS_MIN);
    this.#begunAt = now;
    this.#nextAt = now + this.#intervalMs(perMs);
  }

  #intervalMs(perMs: number): number {
    if (perMs < MEDIUM_RATE_PER_MS) return LOW_RATE_INTERVAL_MS;
    if (perMs < HIGH_RATE_PER_MS) return MEDIUM_RATE_INTERVAL_MS;
    const intervalMs = INTERVAL_MS_PER_ARRIVAL * this.#arrivals;
    return Math.min(Math.max(intervalMs, MEDIUM_RATE_INTERVAL_MS), INTERVAL_MS_MAX);
  }

  /**
   * A send succeeded; not called for a failed one, which says nothing about the load.
   *
   * @param arrivals messages that came during the send
   */
  end(arrivals: number): void {
    this.#arrivals += (Math.min(arrivals, ARRIVALS_MAX) - this.#arrivals) * SMOOTHING;
  }

  /** @param isFull whether as much has gathered as one send can take */
  async untilNext(isFull: () => boolean): Promise<void> {
    if (!this.#isDue) await this.#woken.promise;
    this.#woken = Promise.withResolvers();
    const waitMs = this.#nextAt - performance.now();
    if (this.#isDue && waitMs > 0 && !isFull()) await Bun.sleep(waitMs);
  }

  stop(): void {
    clearTimeout(this.#soon);
    this.request();
  }
}
