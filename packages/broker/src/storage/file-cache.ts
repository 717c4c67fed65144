import { closeSync, openSync } from 'node:fs';

/**
 * Keeps the most recently used files open, so that any number of segments costs a bounded number of
 * descriptors. All I/O on them is synchronous: no file is closed during an operation.
 */
export class FileCache {
  readonly #open = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A descriptor for reading and writing an existing file. Use it at once; do not keep it. */
  descriptor(path: string): number {
    let fd = this.#open.get(path);
    if (fd === undefined) {
      fd = openSync(path, 'r+');
      if (this.#open.size >= this.#limit) {
        const oldest = this.#open.keys().next().value;
        if (oldest !== undefined) this.close(oldest);
      }
    } else {
      this.#open.delete(path);
    }
    this.#open.set(path, fd);
    return fd;
  }

  close(path: string): void {
    const fd = this.#open.get(path);
    if (fd === undefined) return;
    this.#open.delete(path);
    closeSync(fd);
  }

  closeAll(): void {
    for (const path of [...this.#open.keys()]) this.close(path);
  }
}
