/** Background work; a stop waits for it, so that nothing touches the disk afterwards. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();

  /** `work` must not reject. */
  add(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  async finished(): Promise<void> {
    await Promise.allSettled([...this.#running]);
  }
}
