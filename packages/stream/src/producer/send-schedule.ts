const INTERVAL_OF_FEW_MS = 3;
const MANY_PER_MS = 0.3;
const INTERVAL_OF_MANY_MS = 8;
/** From here on the interval depends on how busy everybody is. */
const PLENTY_PER_MS = 4;
const INTERVAL_MAX_MS = 24;
const INTERVAL_MS_PER_MESSAGE_MEANWHILE = 2;
/** What came during a single send says little: what commits together comes together, and any send may have to be tried again. */
const WEIGHT_OF_A_SEND = 1 / 8;
const MESSAGES_MEANWHILE_MAX = 64;
/** A few messages say nothing of a rate over less. */
const RATE_MS_MIN = INTERVAL_OF_FEW_MS;
/** For what is in no hurry. */
const SOON_MS = 8;

/**
 * When to send next. A send costs as much as a hundred messages in it, here, at the broker and at everyone who polls. So what comes alone
 * goes at once, and after a send messages gather for a while. Where plenty come, for longer the more of them come while a send is under way:
 * a machine with nothing to spare takes long to answer, and fewer sends leave it more; one that answers quickly need not let anybody wait.
 */
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
    this.#nextAt = now + this.#intervalMs(perMs);
  }

  #intervalMs(perMs: number): number {
    if (perMs < MANY_PER_MS) return INTERVAL_OF_FEW_MS;
    if (perMs < PLENTY_PER_MS) return INTERVAL_OF_MANY_MS;
    const intervalMs = INTERVAL_MS_PER_MESSAGE_MEANWHILE * this.#cameMeanwhile;
    return Math.min(Math.max(intervalMs, INTERVAL_OF_MANY_MS), INTERVAL_MAX_MS);
  }

  /** The broker has taken a send; so many messages came in the meantime. One that fails tells nothing of how busy anybody is. */
  end(cameMeanwhile: number): void {
    const counted = Math.min(cameMeanwhile, MESSAGES_MEANWHILE_MAX);
    this.#cameMeanwhile += (counted - this.#cameMeanwhile) * WEIGHT_OF_A_SEND;
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
