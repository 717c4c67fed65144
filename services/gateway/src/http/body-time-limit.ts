import { ProblemError } from './problem.ts';

/** How long bodies may take to arrive. They share one timer: one each would cost more than reading most of them. */
export class BodyTimeLimit {
  readonly #limitMs: number;
  /** When to give up each body, in that order. */
  readonly #deadlines = new Map<(error: ProblemError) => void, number>();
  #timer: Timer | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * Settles as the promise does, unless that takes too long.
   *
   * @throws ProblemError 408
   */
  async apply<Value>(promise: Promise<Value>): Promise<Value> {
    const { promise: limited, resolve, reject } = Promise.withResolvers<Value>();
    this.#deadlines.set(reject, performance.now() + this.#limitMs);
    this.#timer ??= this.#watch(this.#limitMs);
    promise.then(resolve, reject);
    try {
      return await limited;
    } finally {
      this.#deadlines.delete(reject);
    }
  }

  #watch(waitMs: number): Timer {
    return setTimeout(() => this.#giveUpLate(), waitMs);
  }

  #giveUpLate(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [giveUp, deadline] of this.#deadlines) {
      // Timers may be a little early.
      if (deadline > now + 1) {
        this.#timer = this.#watch(deadline - now);
        return;
      }
      const detail = `The body did not arrive within ${this.#limitMs / 1000} s.`;
      giveUp(new ProblemError('request_timeout', detail, { headers: { connection: 'close' } }));
    }
  }
}
