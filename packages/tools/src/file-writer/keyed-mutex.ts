/** Runs work with the same key one at a time, in order; different keys do not wait for one another. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: turn, resolve: done } = Promise.withResolvers<void>();
    this.#last.set(key, turn);
    await before;
    try {
      return await work();
    } finally {
      done();
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }
}
