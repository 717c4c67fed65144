import type { Outgoing } from './outgoing.ts';

/** A bounded FIFO of what waits to be sent. When full, the oldest item is dropped. */
export class SendBuffer {
  readonly #capacity: number;
  #items: Outgoing[] = [];
  /** Index of the oldest: `shift` on a long array is slow. */
  #head = 0;
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** How many were ever dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: Outgoing): void {
    if (this.size >= this.#capacity) {
      this.#head++;
      this.#dropped++;
    }
    this.#items.push(item);
    if (this.#head > this.#capacity) this.#compact();
  }

  /** Removes the oldest items, as many as both limits allow, but at least one if there is any. */
  take(countMax: number, sizeBytesMax: number): Outgoing[] {
    const end = Math.min(this.#head + countMax, this.#items.length);
    let until = this.#head;
    let sizeBytes = 0;
    while (until < end) {
      sizeBytes += this.#items[until]!.sizeBytes;
      if (sizeBytes > sizeBytesMax && until > this.#head) break;
      until++;
    }
    const taken = this.#items.slice(this.#head, until);
    this.#head = until;
    if (this.size === 0 || this.#head > this.#capacity) this.#compact();
    return taken;
  }

  /** Puts back, at the front, what was taken but could not be sent. */
  putBack(items: readonly Outgoing[]): void {
    const room = Math.max(0, this.#capacity - this.size);
    const kept = items.slice(Math.max(0, items.length - room));
    this.#dropped += items.length - kept.length;
    this.#items = [...kept, ...this.#items.slice(this.#head)];
    this.#head = 0;
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
