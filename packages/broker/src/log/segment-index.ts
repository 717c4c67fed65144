/** Bytes of log between two entries: what a lookup may have to walk. */
const INTERVAL_BYTES = 16 * 1024;

type Entry = [offset: number, position: number, maxTimestampBefore: number];

/**
 * A sparse index of one segment: every INTERVAL_BYTES, the offset and position of a batch, and the newest
 * timestamp before it. About 24 KiB for a full 16 MiB segment.
 */
export class SegmentIndex {
  readonly #entries: Entry[];

  constructor(entries: Entry[] = []) {
    this.#entries = entries;
  }

  /** Call for every batch, in order. */
  add(offset: number, position: number, maxTimestampBefore: number): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && position - last[1] < INTERVAL_BYTES) return;
    this.#entries.push([offset, position, maxTimestampBefore]);
  }

  /** Where to begin walking to find the batch that holds `offset`. */
  positionForOffset(offset: number): number {
    return this.#lastWhere((entry) => entry[0] <= offset);
  }

  /** Where to begin walking to find the first batch with a timestamp of at least `timestamp`. */
  positionForTimestamp(timestamp: number): number {
    return this.#lastWhere((entry) => entry[2] < timestamp);
  }

  /** The predicate holds for a prefix of the entries. */
  #lastWhere(holds: (entry: Entry) => boolean): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#entries[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#entries[low - 1]![1];
  }

  toJSON(): Entry[] {
    return this.#entries;
  }
}
