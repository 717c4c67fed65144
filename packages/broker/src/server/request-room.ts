export type Place = {
  readonly bytes: number;
  isWaiting: boolean;
  readonly onAdmitted: () => void;
};

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

  /** `onAdmitted` is called if the place was one in the queue, and came to its turn. */
  take(bytes: number, onAdmitted: () => void): Place {
    const place = { bytes, isWaiting: this.#waiting.size > 0 || !this.#fits(bytes), onAdmitted };
    if (place.isWaiting) this.#waiting.add(place);
    else this.#bytes += bytes;
    return place;
  }

  leave(place: Place): void {
    if (!this.#waiting.delete(place)) this.#bytes -= place.bytes;
    for (const next of this.#waiting) {
      if (!this.#fits(next.bytes)) return;
      this.#waiting.delete(next);
      this.#bytes += next.bytes;
      next.isWaiting = false;
      next.onAdmitted();
    }
  }

  #fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#bytesMax;
  }
}
