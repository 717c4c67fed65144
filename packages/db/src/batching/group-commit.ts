/** Larger statements take memory many times over, here and in Postgres, and may exceed their timeout. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<Item, Outcome> {
  readonly maxItems: number;
  /** With this many waiting, a second flush starts beside one in flight; by default none does. */
  readonly secondFlushMin?: number | undefined;
  /** Whether two items fit into one statement; by default all do. */
  readonly areAlike?: ((first: Item, item: Item) => boolean) | undefined;
  /** Rough size of an item, in characters: a statement with more than CHARACTERS_MAX has one item. By default all are small. */
  readonly sizeOf?: ((item: Item) => number) | undefined;
  /** Writes the items in one statement; resolves, once committed, with one outcome per item, in order. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  /** Whether a failure may be due to a single item, or to their number, so that a part of them may succeed. */
  readonly isItemFault: (error: unknown) => boolean;
}

/**
 * Items that arrive while a flush is in flight share the next one. No timer: a lone item is written at once,
 * and batches grow exactly as far as the database falls behind.
 */
export class GroupCommit<Item, Outcome> {
  readonly #options: GroupCommitOptions<Item, Outcome>;
  #waiting: Waiting<Item, Outcome>[] = [];
  #flushesInFlight = 0;
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
      // If the last batch had company, wait for the rest of this event-loop turn; a lone item is written at once.
      if (this.#flushesInFlight === 0 && this.#lastSize > 1) setImmediate(() => this.#startDrain());
      else queueMicrotask(() => this.#startDrain());
    });
  }

  get #isFlushWorthwhile(): boolean {
    const { secondFlushMin = Number.POSITIVE_INFINITY } = this.#options;
    const min = [1, secondFlushMin][this.#flushesInFlight] ?? Number.POSITIVE_INFINITY;
    return this.#waiting.length >= min;
  }

  #startDrain(): void {
    this.#isDrainDue = false;
    void this.#drain();
  }

  /** Flushes batch after batch, while worthwhile. */
  async #drain(): Promise<void> {
    let flush = this.#beginFlush();
    while (flush) {
      const settle: () => void = await flush;
      this.#flushesInFlight--;
      // Started before the callers are told: the database works on it while they continue.
      flush = this.#beginFlush();
      settle();
    }
  }

  #beginFlush(): Promise<() => void> | undefined {
    if (!this.#isFlushWorthwhile) return undefined;
    this.#flushesInFlight++;
    return this.#flush(this.#take());
  }

  #take(): Waiting<Item, Outcome>[] {
    const { maxItems, areAlike, sizeOf } = this.#options;
    const first = this.#waiting[0]!.item;
    let characters = 0;
    const end = this.#waiting.findIndex(({ item }, index) => {
      characters += sizeOf?.(item) ?? 0;
      return (
        index === maxItems || areAlike?.(first, item) === false || (index > 0 && characters > CHARACTERS_MAX)
      );
    });
    const batch = this.#waiting.splice(0, end === -1 ? maxItems : end);
    this.#lastSize = batch.length;
    return batch;
  }

  /**
   * Writes a batch, bisecting it while an item is at fault. Each part is settled while the next is written;
   * resolves with the function that settles the last.
   */
  async #flush(batch: Waiting<Item, Outcome>[]): Promise<() => void> {
    const { flush, isItemFault } = this.#options;
    const parts = [batch];
    let settle = () => {};
    for (let part = parts.pop(); part; part = parts.pop()) {
      const flushing = flush(part.map(({ item }) => item));
      settle();
      try {
        settle = resolveAll(part, await flushing);
      } catch (error) {
        if (!isItemFault(error)) {
          // An outage: the remaining parts would each wait for its end, one after another.
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
  outcomes: readonly Outcome[],
): () => void {
  return () => {
    for (const [index, { resolve }] of part.entries()) resolve(outcomes[index] as Outcome);
  };
}

function rejectAll<Item, Outcome>(part: readonly Waiting<Item, Outcome>[], error: unknown): () => void {
  return () => {
    for (const { reject } of part) reject(error);
  };
}
