/** Words that a text may end with, by their last character: most texts end with none of them. */
export class Endings {
  readonly #byLastCharacter: ReadonlyMap<string, string[]>;

  constructor(words: readonly string[]) {
    this.#byLastCharacter = Map.groupBy(words, (word) => word.at(-1)!);
  }

  /** The first of the words, in their order, that stands right before `end` and begins at or after `start`. */
  find(text: string, start = 0, end = text.length): string | undefined {
    const words = this.#byLastCharacter.get(text[end - 1] ?? '');
    return words?.find((word) => end - word.length >= start && text.endsWith(word, end));
  }
}
