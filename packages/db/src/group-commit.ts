interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<Item, Outcome> {
  readonly maxItems: number;
  /** Writes the items in one statement; resolves with one outcome per item, in their order, once committed. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  /** Whether a failed flush may owe its failure to a single item, so that each deserves a try of its own. */
  readonly isItemFault: (error: unknown) => boolean;
}

/**
 * Items that arrive while a flush is in flight share the next one. No timer: an item alone is written at once, and
 * batches grow exactly as far as the database falls behind.
 */
export class GroupCommit<Item, Outcome> {
  readonly #options: GroupCommitOptions<Item, Outcome>;
  #waiting: Waiting<Item, Outcome>[] = [];
  #flushing = false;
  #lastSize = 0;

  constructor(options: GroupCommitOptions<Item, Outcome>) {
    this.#options = options;
  }

  /** Resolves with the item's outcome once it is committed. */
  add(item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      const drain = () => void this.#drain();
      // Where others came along lately, whatever else this turn of the event loop brings goes along. What is alone need not wait for it.
      if (this.#lastSize > 1) setImmediate(drain);
      else queueMicrotask(drain);
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#flush(this.#waiting.splice(0, this.#options.maxItems));
    }
    this.#flushing = false;
  }

  async #flush(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    this.#lastSize = batch.length;
    try {
      const outcomes = await this.#options.flush(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(outcomes[index] as Outcome);
      });
    } catch (error) {
      if (batch.length > 1 && this.#options.isItemFault(error)) {
        for (const waiting of batch) await this.#flush([waiting]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }
}
