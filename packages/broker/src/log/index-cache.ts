import type { SegmentIndex } from './segment-index.ts';

/** An LRU cache of the indexes of closed segments, loaded when a consumer reads that far back. */
export class IndexCache {
  readonly #indexes = new Map<string, SegmentIndex>();
  readonly #limit: number;

  constructor(limit = 32) {
    this.#limit = limit;
  }

  get(path: string, load: () => SegmentIndex): SegmentIndex {
    const index = this.#indexes.get(path) ?? load();
    this.#indexes.delete(path);
    this.#indexes.set(path, index);
    if (this.#indexes.size > this.#limit) {
      const oldest = this.#indexes.keys().next().value;
      if (oldest !== undefined) this.#indexes.delete(oldest);
    }
    return index;
  }

  drop(path: string): void {
    this.#indexes.delete(path);
  }
}
