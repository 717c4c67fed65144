const ENDS_MAX = 8;

/** Where recent reads of a segment ended, so that sequential reads need no walk. */
export class ReadEnds {
  readonly #positions = new Map<number, number>();

  /** Of the batch that begins at this offset. */
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
