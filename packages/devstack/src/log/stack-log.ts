import type { ConsoleWriter } from './console-writer.ts';
import { formatLine } from './format-line.ts';
import type { Paint } from './paint.ts';

/** Prints the lines of many sources to one console, each line prefixed with its source: `gateway    | 18:36:24 INFO  …`. */
export class StackLog {
  readonly #writer: ConsoleWriter;
  readonly #paint: Paint;
  readonly #prefixes = new Map<string, string>();
  readonly #width: number;

  constructor(writer: ConsoleWriter, paint: Paint, sources: readonly string[]) {
    this.#writer = writer;
    this.#paint = paint;
    this.#width = Math.max(8, ...sources.map((source) => source.length));
    for (const source of sources) this.#prefix(source);
  }

  readonly line = (source: string, line: string): void => {
    const prefix = this.#prefix(source);
    for (const text of formatLine(line, this.#paint)) this.#writer.write(`${prefix} ${text}`);
  };

  #prefix(source: string): string {
    let prefix = this.#prefixes.get(source);
    if (prefix === undefined) {
      prefix = this.#paint.source(this.#prefixes.size, `${source.padEnd(this.#width)} |`);
      this.#prefixes.set(source, prefix);
    }
    return prefix;
  }
}
