/** Bytes of log between two entries: what a lookup may have to walk. */
const INTERVAL_BYTES = 16 * 1024;

/** The offset and position of a batch every INTERVAL_BYTES of one segment. */
export class SegmentIndex {
  readonly #entries: { offset: number; position: number }[] = [];

  /** Call for every batch, in order. */
  add(offset: number, position: number): void {
    const last = this.#entries.at(-1);
    if (last === undefined || position - last.position >= INTERVAL_BYTES)
      this.#entries.push({ offset, position });
  }

  /** Where to begin walking to find the batch that holds `offset`. */
  positionBefore(offset: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#entries[low - 1]?.position ?? 0;
  }
}
