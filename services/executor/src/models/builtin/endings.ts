/** Words that a text may end with. */
export class Endings {
  readonly #byLastUnit: ReadonlyMap<string, readonly string[]>;

  /** @param words in the order in which they are tried */
  constructor(words: readonly string[]) {
    this.#byLastUnit = Map.groupBy(words, (word) => word.at(-1)!);
  }

  /** The first of the words that ends at `end` and begins at `start` or later. */
  find(
    text: string,
    start: number,
    end: number,
    isMeant: (word: string) => boolean = () => true,
  ): string | undefined {
    // Most texts end with the last character of no word at all.
    const candidates = this.#byLastUnit.get(text[end - 1] ?? '');
    return candidates?.find(
      (word) => end - word.length >= start && text.endsWith(word, end) && isMeant(word),
    );
  }
}
