/** Requests up to this size need no room, so that no heartbeat waits behind what others produce. */
const SMALL_BYTES = 64 * 1024;

/**
 * The memory budget that arriving large requests of all connections share. They are admitted in the order of asking,
 * each once all of it fits: so an admitted request never waits for room, and a waiting one gets its turn.
 */
export class RequestRoom {
  readonly #bytesMax: number;
  #bytes = 0;
  readonly #waiting = new Set<Place>();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** If false, it was queued. */
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

/** The room that a connection's request holds, from its first chunk to its last. */
export class Place {
  readonly #room: RequestRoom;
  readonly #onAdmitted: () => void;
  #isWaiting = false;
  bytes = 0;

  constructor(room: RequestRoom, onAdmitted: () => void) {
    this.#room = room;
    this.#onAdmitted = onAdmitted;
  }

  /** Whether a request of this size must wait; `onAdmitted` is called once it is admitted. */
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
