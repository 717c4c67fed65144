/** A request may be as large without asking for room, so that no heartbeat waits behind what others produce. */
const SMALL_BYTES = 64 * 1024;

/**
 * The room that large requests share while they arrive, over all connections. Each is let in when there is room for
 * the whole of it, in the order of asking: so none that was let in waits for room, and those that wait get their turn.
 */
export class RequestRoom {
  readonly #bytesMax: number;
  #bytes = 0;
  readonly #waiting = new Set<Place>();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** False puts it in the queue. */
  admits(place: Place): boolean {
    const admitted = this.#waiting.size === 0 && this.#fits(place);
    if (admitted) this.#bytes += place.bytes;
    else this.#waiting.add(place);
    return admitted;
  }

  release(place: Place): void {
    if (!this.#waiting.delete(place)) this.#bytes -= place.bytes;
    for (const next of this.#waiting) {
      if (!this.#fits(next)) return;
      this.#waiting.delete(next);
      this.#bytes += next.bytes;
      next.admitted();
    }
  }

  #fits({ bytes }: Place): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#bytesMax;
  }
}

/** What one connection's request takes of the room, from its first chunk to its last. */
export class Place {
  readonly #room: RequestRoom;
  readonly #onAdmitted: () => void;
  #isWaiting = false;
  bytes = 0;

  constructor(room: RequestRoom, onAdmitted: () => void) {
    this.#room = room;
    this.#onAdmitted = onAdmitted;
  }

  /** Whether a request that will have so many bytes must wait; `onAdmitted` is called when it need not any more. */
  waitsFor(bytes: number): boolean {
    if (this.bytes === 0 && bytes > SMALL_BYTES) {
      this.bytes = bytes;
      this.#isWaiting = !this.#room.admits(this);
    }
    return this.#isWaiting;
  }

  admitted(): void {
    this.#isWaiting = false;
    this.#onAdmitted();
  }

  leave(): void {
    if (this.bytes === 0) return;
    this.#room.release(this);
    this.bytes = 0;
    this.#isWaiting = false;
  }
}
