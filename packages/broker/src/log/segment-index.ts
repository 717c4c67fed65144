/** Bytes of log between two entries: what a lookup may have to walk. */
const INTERVAL_BYTES = 16 * 1024;

/** The offset and position of a batch every INTERVAL_BYTES of one segment: 16 KiB for a full one of 16 MiB. */
export class SegmentIndex {
  readonly #offsets: number[] = [];
  readonly #positions: number[] = [];

  /** Call for every batch, in order. */
  add(offset: number, position: number): void {
    const last = this.#positions.at(-1);
    if (last !== undefined && position - last < INTERVAL_BYTES) return;
    this.#offsets.push(offset);
    this.#positions.push(position);
  }

  /** Where to begin walking to find the batch that holds `offset`. */
  positionBefore(offset: number): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#positions[low - 1] ?? 0;
  }
}
