import type { Message } from 'kafkajs';

export interface OutgoingMessage {
  topic: string;
  message: Message;
  sizeBytes: number;
}

/** Messages that wait to be sent, oldest first. When full, the oldest gives way to the newest. */
export class SendBuffer {
  readonly #capacity: number;
  #messages: OutgoingMessage[] = [];
  /** Where the oldest lies: `shift` on a long array is slow. */
  #head = 0;
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#messages.length - this.#head;
  }

  /** How many gave way, ever. */
  get dropped(): number {
    return this.#dropped;
  }

  push(message: OutgoingMessage): void {
    if (this.size >= this.#capacity) {
      this.#head++;
      this.#dropped++;
    }
    this.#messages.push(message);
    if (this.#head > this.#capacity) this.#compact();
  }

  /** Removes the oldest: as many as both limits allow, and at least one if there is any. */
  take(countMax: number, sizeBytesMax: number): OutgoingMessage[] {
    const end = Math.min(this.#head + countMax, this.#messages.length);
    let until = this.#head;
    let sizeBytes = 0;
    while (until < end) {
      sizeBytes += this.#messages[until]!.sizeBytes;
      if (sizeBytes > sizeBytesMax && until > this.#head) break;
      until++;
    }
    const taken = this.#messages.slice(this.#head, until);
    this.#head = until;
    if (this.size === 0 || this.#head > this.#capacity) this.#compact();
    return taken;
  }

  /** Returns what was taken and could not be sent; it is the oldest again. */
  putBack(messages: readonly OutgoingMessage[]): void {
    const room = Math.max(0, this.#capacity - this.size);
    const kept = messages.slice(Math.max(0, messages.length - room));
    this.#dropped += messages.length - kept.length;
    this.#messages = [...kept, ...this.#messages.slice(this.#head)];
    this.#head = 0;
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#head);
    this.#head = 0;
  }
}
