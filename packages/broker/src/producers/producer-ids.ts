import { readJson, replaceFile } from '../storage/durable-file.ts';

const BLOCK = 1000;

/** Hands out producer ids, never twice: a block is reserved on disk before any of it is used. */
export class ProducerIds {
  readonly #path: string;
  #next: number;
  #reservedUntil: number;

  constructor(path: string) {
    this.#path = path;
    const persisted = readJson(path);
    this.#next = typeof persisted === 'number' ? persisted : 0;
    this.#reservedUntil = this.#next;
  }

  next(): number {
    if (this.#next === this.#reservedUntil) {
      replaceFile(this.#path, JSON.stringify(this.#reservedUntil + BLOCK));
      this.#reservedUntil += BLOCK;
    }
    return this.#next++;
  }
}
