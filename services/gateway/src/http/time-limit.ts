interface Pending {
  readonly endsAt: number;
  readonly fail: () => void;
}

/** How long each of many promises may take. They share one timer: one each would cost more than most of what is awaited. */
export class TimeLimit {
  readonly #limitMs: number;
  readonly #late: () => Error;
  /** In the order of their deadlines. */
  readonly #pending = new Set<Pending>();
  #timer: Timer | undefined;

  /** @param late makes the error for a promise that took too long */
  constructor(limitMs: number, late: () => Error) {
    this.#limitMs = limitMs;
    this.#late = late;
  }

  /** Settles as the promise does, unless that takes too long. */
  async apply<Value>(promise: Promise<Value>): Promise<Value> {
    const { promise: limited, resolve, reject } = Promise.withResolvers<Value>();
    const pending = { endsAt: performance.now() + this.#limitMs, fail: () => reject(this.#late()) };
    this.#pending.add(pending);
    this.#timer ??= this.#watch(this.#limitMs);
    promise.then(resolve, reject);
    try {
      return await limited;
    } finally {
      this.#pending.delete(pending);
    }
  }

  #watch(waitMs: number): Timer {
    return setTimeout(() => this.#failLate(), waitMs).unref();
  }

  #failLate(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const { endsAt, fail } of this.#pending) {
      // Timers may be a little early.
      if (endsAt > now + 1) {
        this.#timer = this.#watch(endsAt - now);
        return;
      }
      fail();
    }
  }
}
