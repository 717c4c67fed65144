/** A map of the most recently used values. */
export class LruCache<Key, Value> {
  readonly #values = new Map<Key, Value>();
  readonly #limit: number;
  readonly #onRemoved: (value: Value) => void;

  constructor(limit: number, onRemoved: (value: Value) => void = () => {}) {
    this.#limit = limit;
    this.#onRemoved = onRemoved;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  has(key: Key): boolean {
    return this.#values.has(key);
  }

  /** Removes the least recently used value if there is one too many. */
  set(key: Key, value: Value): Value {
    this.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#limit) {
      const [oldest] = this.#values.keys();
      this.delete(oldest!);
    }
    return value;
  }

  delete(key: Key): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#onRemoved(value);
  }

  clear(): void {
    for (const key of [...this.#values.keys()]) this.delete(key);
  }
}
