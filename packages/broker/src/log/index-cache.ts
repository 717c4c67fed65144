import type { SegmentIndex } from './segment-index.ts';

/** Indexes of closed segments, read back when someone reads that far behind; the least recently used go. */
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
