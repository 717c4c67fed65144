const lineCharsMax = 256 * 1024;

/**
 * Splits a byte stream into lines, whatever the chunks. A longer line is emitted in pieces of 256 Ki characters, so
 * that a child which never prints a newline costs bounded memory.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  readonly #emit: (line: string) => void;
  #pending = '';

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  push(chunk: Uint8Array): void {
    this.#accept(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The stream has ended: the rest is a line too. */
  end(): void {
    this.#accept(this.#decoder.decode());
    if (this.#pending !== '') this.#emit(this.#pending);
    this.#pending = '';
  }

  #accept(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#emit(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (this.#pending.length > lineCharsMax) {
      this.#emit(this.#pending.slice(0, lineCharsMax));
      this.#pending = this.#pending.slice(lineCharsMax);
    }
  }
}
