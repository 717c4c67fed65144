/**
 * A send costs as much as a hundred messages in it, here, at the broker and at everyone who polls. So what comes alone goes at once,
 * and after a send messages gather for so long: for longer the more of them come, as there is more to do meanwhile.
 */
const INTERVALS = [
  { intervalMs: 3, belowPerMs: 0.3 },
  { intervalMs: 8, belowPerMs: 4 },
  { intervalMs: 24, belowPerMs: Number.POSITIVE_INFINITY },
] as const;
/** A few messages say nothing of a rate over less. */
const RATE_MS_MIN = INTERVALS[0].intervalMs;
/** For what is in no hurry. */
const SOON_MS = 8;

/** When to send next. */
export class SendSchedule {
  #isDue = false;
  #soon: Timer | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;
  #woken = Promise.withResolvers<void>();

  /** Something has been asked for since the last send began. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** At once, if the last send began long enough ago. */
  request(): void {
    this.#isDue = true;
    this.wake();
  }

  /** Soon: there is no hurry, and something may come that it can go with. */
  requestSoon(): void {
    if (!this.#isDue) this.#soon ??= setTimeout(() => this.request(), SOON_MS);
  }

  /** Ends the wait though nothing is due. */
  wake(): void {
    this.#woken.resolve();
  }

  /** A send of so many doorbells, statuses and other messages begins: whatever is asked for from now on is for the next one. */
  begin(count: number): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#isDue = false;
    const now = performance.now();
    const perMs = count / Math.max(now - this.#begunAt, RATE_MS_MIN);
    this.#begunAt = now;
    this.#nextAt = now + INTERVALS.find(({ belowPerMs }) => perMs < belowPerMs)!.intervalMs;
  }

  /** @param isFull tells whether as much has gathered as one send can take */
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
