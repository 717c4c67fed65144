import type { Logger } from '@millrace/contracts';

/** Looks up ids in batches, one lookup at a time: ids asked for meanwhile go into the next one, once each. */
export class CoalescedLookup {
  readonly #lookUp: (ids: readonly string[]) => Promise<void>;
  readonly #logger: Logger;
  #asked = new Set<string>();
  #running = false;

  constructor(lookUp: (ids: readonly string[]) => Promise<void>, logger: Logger) {
    this.#lookUp = lookUp;
    this.#logger = logger;
  }

  /** A lookup that fails is not repeated; the backstop asks again. */
  ask(ids: Iterable<string>): void {
    for (const id of ids) this.#asked.add(id);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#asked.size > 0) {
      const ids = [...this.#asked];
      this.#asked = new Set();
      try {
        await this.#lookUp(ids);
      } catch (error) {
        this.#logger.debug(
          { err: error, tasks: ids.length },
          'could not look up the tasks that are waited for',
        );
      }
    }
    this.#running = false;
  }
}
