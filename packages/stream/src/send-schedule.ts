/**
 * A send costs as much as a hundred messages in it, here, at the broker and at everyone who polls. So what comes alone goes at once,
 * and after a send messages gather: briefly where few come, and for longer where many come while a send is under way. Those are few as
 * long as the machines have time to spare, whatever the rate; and where they have none, fewer sends leave them more.
 */
const FEW_PER_MS = 0.3;
const INTERVAL_OF_FEW_MS = 3;
const INTERVAL_MS_MIN = 8;
const INTERVAL_MS_MAX = 24;
const INTERVAL_MS_PER_MESSAGE_MEANWHILE = 2;
/** What came during a single send says little: what commits together comes together. */
const WEIGHT_OF_A_SEND = 1 / 8;
/** A few messages say nothing of a rate over less. */
const RATE_MS_MIN = INTERVAL_OF_FEW_MS;
/** For what is in no hurry. */
const SOON_MS = 8;

/** When to send next. */
export class SendSchedule {
  #isDue = false;
  #soon: Timer | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;
  #cameMeanwhile = 0;
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
    this.#nextAt = now + (perMs < FEW_PER_MS ? INTERVAL_OF_FEW_MS : this.#intervalOfManyMs);
  }

  get #intervalOfManyMs(): number {
    const intervalMs = INTERVAL_MS_PER_MESSAGE_MEANWHILE * this.#cameMeanwhile;
    return Math.min(Math.max(intervalMs, INTERVAL_MS_MIN), INTERVAL_MS_MAX);
  }

  /** A send has been answered; so many messages came in the meantime. */
  end(cameMeanwhile: number): void {
    this.#cameMeanwhile += (cameMeanwhile - this.#cameMeanwhile) * WEIGHT_OF_A_SEND;
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
