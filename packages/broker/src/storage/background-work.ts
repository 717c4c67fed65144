/**
 * Background work, one piece at a time, so that it needs few descriptors. A stop waits for it, so that nothing
 * touches the disk afterwards.
 */
export class BackgroundWork {
  #last = Promise.resolve();
  readonly #onError: (error: unknown, name: string) => void;

  constructor(onError: (error: unknown, name: string) => void) {
    this.#onError = onError;
  }

  add(name: string, work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error) => this.#onError(error, name));
  }

  finished(): Promise<void> {
    return this.#last;
  }
}
