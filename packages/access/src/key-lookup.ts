import { type Database, findApiKeys, type UsableApiKey } from '@millrace/db';

/** Between statements, however many keys are waiting. */
const INTERVAL_MS = 50;
const HASHES_MAX = 1_000;
const WAITING_MAX = 10_000;

/** Too many unknown keys are waiting to be looked up. */
export class KeyLookupOverloaded extends Error {
  override readonly name = 'KeyLookupOverloaded';
}

interface Waiting {
  readonly hash: string;
  readonly resolve: (key: UsableApiKey | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Looks up keys by their hashes, in at most 20 statements a second and one at a time: guessing keys costs
 * Postgres no more than that, however fast the guesses come. A single key is looked up at once.
 */
export class KeyLookup {
  readonly #db: Database;
  #waiting: Waiting[] = [];
  #running = false;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Null for a key that is unknown, revoked or expired. Rejects while Postgres cannot be queried.
   *
   * @param known it was valid recently, so it is looked up ahead of keys that may be guesses
   */
  find(hash: string, known: boolean): Promise<UsableApiKey | null> {
    if (!known && this.#waiting.length >= WAITING_MAX) return Promise.reject(new KeyLookupOverloaded());
    const { promise, resolve, reject } = Promise.withResolvers<UsableApiKey | null>();
    this.#waiting[known ? 'unshift' : 'push']({ hash, resolve, reject });
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const pauseMs = this.#lastAt + INTERVAL_MS - performance.now();
      if (pauseMs > 0) await Bun.sleep(pauseMs);
      this.#lastAt = performance.now();
      await this.#findAll(this.#waiting.splice(0, HASHES_MAX));
    }
    this.#running = false;
  }

  async #findAll(batch: readonly Waiting[]): Promise<void> {
    try {
      const keys = await findApiKeys(this.#db, [...new Set(batch.map(({ hash }) => hash))]);
      const byHash = new Map(keys.map((key) => [key.key_hash, key]));
      for (const { hash, resolve } of batch) resolve(byHash.get(hash) ?? null);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
