/** The last lines that a source printed, for the report when it dies. */
export class RecentLines {
  readonly #lines: string[] = [];
  readonly #max: number;

  constructor(max = 20) {
    this.#max = max;
  }

  add(line: string): void {
    this.#lines.push(line.length > 2_000 ? `${line.slice(0, 2_000)} …` : line);
    if (this.#lines.length > this.#max) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  clear(): void {
    this.#lines.length = 0;
  }
}
