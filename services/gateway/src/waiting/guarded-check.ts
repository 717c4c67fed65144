import type { Logger } from '@millrace/contracts';

/** Asks about ids in batches, one question at a time: what is asked in the meantime goes into the next, once each. */
export class GuardedCheck {
  readonly #check: (ids: readonly string[]) => Promise<void>;
  readonly #logger: Logger;
  #asked = new Set<string>();
  #running = false;

  constructor(check: (ids: readonly string[]) => Promise<void>, logger: Logger) {
    this.#check = check;
    this.#logger = logger;
  }

  /** A question that fails is not repeated; the backstop asks again. */
  ask(ids: Iterable<string>): void {
    for (const id of ids) this.#asked.add(id);
    if (!this.#running && this.#asked.size > 0) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#asked.size > 0) {
      const ids = [...this.#asked];
      this.#asked = new Set();
      try {
        await this.#check(ids);
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
