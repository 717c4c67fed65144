/** In place of an outcome: the item did not fit into this statement, and goes into the next one ahead of all others. */
export const LATER = Symbol('later');

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<Item, Outcome> {
  readonly maxItems: number;
  /** So many that wait have a flush of their own, beside one under way; left out, they wait for that one's end whatever their number. */
  readonly secondFlushMin?: number | undefined;
  /** Whether two items fit into one statement; left out, all do. */
  readonly areAlike?: ((first: Item, item: Item) => boolean) | undefined;
  /** Writes the items in one statement; resolves with one outcome per item, in their order, once committed. Never LATER for all of them. */
  readonly flush: (items: readonly Item[]) => Promise<readonly (Outcome | typeof LATER)[]>;
  /** Whether a failed flush may owe its failure to a single item, or to their number, so that a part of them may succeed. */
  readonly isItemFault: (error: unknown) => boolean;
}

/**
 * Items that arrive while a flush is under way share the next one. No timer: an item alone is written at once, and
 * batches grow exactly as far as the database falls behind.
 */
export class GroupCommit<Item, Outcome> {
  readonly #options: GroupCommitOptions<Item, Outcome>;
  #waiting: Waiting<Item, Outcome>[] = [];
  #flushesUnderWay = 0;
  #isDrainDue = false;
  #lastSize = 0;

  constructor(options: GroupCommitOptions<Item, Outcome>) {
    this.#options = options;
  }

  /** Resolves with the item's outcome once it is committed. */
  add(item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#isDrainDue || !this.#isFlushWorthwhile) return;
      this.#isDrainDue = true;
      // Where others came along lately, whatever else this turn of the event loop brings goes along. What is alone need not wait for it.
      if (this.#flushesUnderWay === 0 && this.#lastSize > 1) setImmediate(() => this.#startDrain());
      else queueMicrotask(() => this.#startDrain());
    });
  }

  get #isFlushWorthwhile(): boolean {
    const { secondFlushMin = Number.POSITIVE_INFINITY } = this.#options;
    const min = [1, secondFlushMin][this.#flushesUnderWay] ?? Number.POSITIVE_INFINITY;
    return this.#waiting.length >= min;
  }

  #startDrain(): void {
    this.#isDrainDue = false;
    void this.#drain();
  }

  /** Flushes one batch after another, until there is none worth it. */
  async #drain(): Promise<void> {
    let flush = this.#beginFlush();
    while (flush) {
      const settle: () => void = await flush;
      this.#flushesUnderWay--;
      // Before anybody is told: what they do next takes a while, in which the database has the next batch.
      flush = this.#beginFlush();
      settle();
    }
  }

  #beginFlush(): Promise<() => void> | undefined {
    if (!this.#isFlushWorthwhile) return undefined;
    this.#flushesUnderWay++;
    return this.#flush(this.#take());
  }

  #take(): Waiting<Item, Outcome>[] {
    const { maxItems, areAlike } = this.#options;
    const first = this.#waiting[0]!.item;
    const end = areAlike ? this.#waiting.findIndex(({ item }) => !areAlike(first, item)) : -1;
    const batch = this.#waiting.splice(0, end === -1 ? maxItems : Math.min(end, maxItems));
    this.#lastSize = batch.length;
    return batch;
  }

  /**
   * Writes a batch, in halves and halves of those where an item is at fault; resolves with what tells the last part how that went. Each
   * part is told while the next is written.
   */
  async #flush(batch: Waiting<Item, Outcome>[]): Promise<() => void> {
    const { flush, isItemFault } = this.#options;
    const parts = [batch];
    let settle = () => {};
    for (let part = parts.pop(); part; part = parts.pop()) {
      const flushing = flush(part.map(({ item }) => item));
      settle();
      try {
        const outcomes = await flushing;
        settle = resolveAll(part, outcomes);
        this.#waiting.unshift(...part.filter((_, index) => outcomes[index] === LATER));
      } catch (error) {
        if (!isItemFault(error)) {
          // An outage: parts that are left would each wait for its end, one after the other.
          settle = rejectAll([part, ...parts.splice(0)].flat(), error);
        } else if (part.length === 1) {
          settle = rejectAll(part, error);
        } else {
          const middle = Math.ceil(part.length / 2);
          parts.push(part.slice(middle), part.slice(0, middle));
          settle = () => {};
        }
      }
    }
    return settle;
  }
}

function resolveAll<Item, Outcome>(
  part: readonly Waiting<Item, Outcome>[],
  outcomes: readonly (Outcome | typeof LATER)[],
): () => void {
  return () => {
    for (const [index, { resolve }] of part.entries()) {
      const outcome = outcomes[index] as Outcome | typeof LATER;
      if (outcome !== LATER) resolve(outcome);
    }
  };
}

function rejectAll<Item, Outcome>(part: readonly Waiting<Item, Outcome>[], error: unknown): () => void {
  return () => {
    for (const { reject } of part) reject(error);
  };
}
