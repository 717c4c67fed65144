/** The part of process.stdout that it needs. */
export type Output = {
  write(text: string, done: () => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
};

const pendingBytesMax = 1024 * 1024;

/**
 * Writes lines to a terminal or pipe that may stop reading (Ctrl-S, `| less`) or go away. At most about 1 MiB
 * is buffered: further lines are dropped and counted, so that a stopped reader costs neither services nor memory.
 */
export class ConsoleWriter {
  readonly #output: Output;
  #pendingBytes = 0;
  #dropped = 0;
  #closed = false;

  constructor(output: Output) {
    this.#output = output;
    output.on('error', () => {
      this.#closed = true;
    });
  }

  write(line: string): void {
    if (this.#closed) return;
    if (this.#pendingBytes > pendingBytesMax) {
      this.#dropped++;
      return;
    }
    const text = this.#dropped > 0 ? `… ${this.#dropped} lines not shown\n${line}\n` : `${line}\n`;
    this.#dropped = 0;
    const bytes = Buffer.byteLength(text);
    this.#pendingBytes += bytes;
    this.#output.write(text, () => {
      this.#pendingBytes -= bytes;
    });
  }

  /** Resolves once all lines are out, or after a second: a stopped reader must not block the exit. */
  async flush(): Promise<void> {
    const end = performance.now() + 1_000;
    while (this.#pendingBytes > 0 && !this.#closed && performance.now() < end) await Bun.sleep(5);
  }
}
