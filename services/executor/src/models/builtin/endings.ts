/** Finds which of a set of words a text ends with. */
export class Endings {
  readonly #byLastUnit: ReadonlyMap<string, readonly string[]>;

  /** @param words in order of precedence */
  constructor(words: readonly string[]) {
    this.#byLastUnit = Map.groupBy(words, (word) => word.at(-1)!);
  }

  /** The first of the words that ends at `end` and begins no earlier than `start`. */
  find(
    text: string,
    start: number,
    end: number,
    isMeant: (word: string) => boolean = () => true,
  ): string | undefined {
    // Fast: for most texts, no word ends with their last character.
    const candidates = this.#byLastUnit.get(text[end - 1] ?? '');
    return candidates?.find(
      (word) => end - word.length >= start && text.endsWith(word, end) && isMeant(word),
    );
  }
}
