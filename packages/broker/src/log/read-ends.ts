const ENDS_MAX = 8;

/** Where recent reads of a segment ended: a consumer in step finds its place without walking. */
export class ReadEnds {
  readonly #positions = new Map<number, number>();

  /** Of the batch that begins with this offset. */
  positionOf(offset: number): number | undefined {
    return this.#positions.get(offset);
  }

  remember(offset: number, position: number): void {
    if (this.#positions.size >= ENDS_MAX) {
      const [oldest] = this.#positions.keys();
      this.#positions.delete(oldest!);
    }
    this.#positions.set(offset, position);
  }
}
