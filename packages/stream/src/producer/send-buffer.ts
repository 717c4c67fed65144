import type { Outgoing } from './outgoing.ts';

/** A bounded FIFO of what waits to be sent. When full, the oldest item is dropped. */
export class SendBuffer {
  readonly #capacity: number;
  #items: Outgoing[] = [];
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  /** How many were ever dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: Outgoing): void {
    if (this.size >= this.#capacity) {
      this.#items.shift();
      this.#dropped++;
    }
    this.#items.push(item);
  }

  /** Removes the oldest items, as many as both limits allow, but at least one if there is any. */
  take(countMax: number, sizeBytesMax: number): Outgoing[] {
    let count = 0;
    let sizeBytes = 0;
    for (const item of this.#items) {
      sizeBytes += item.sizeBytes;
      if (count === countMax || (count > 0 && sizeBytes > sizeBytesMax)) break;
      count++;
    }
    return this.#items.splice(0, count);
  }

  /** Puts back, at the front, what was taken but could not be sent. */
  putBack(items: readonly Outgoing[]): void {
    const room = Math.max(0, this.#capacity - this.size);
    const kept = items.slice(Math.max(0, items.length - room));
    this.#dropped += items.length - kept.length;
    this.#items = [...kept, ...this.#items];
  }
}
