import type { Logger } from '@millrace/contracts';
import {
  type Database,
  hashApiKey,
  isPermissionDenied,
  looksLikeApiKey,
  type UsableApiKey,
} from '@millrace/db';
import { type Access, accessOf } from './access.ts';
import { KeyLookup } from './key-lookup.ts';

/** How long a revoked key may still be accepted. */
const CACHE_MS = 5_000;
/** Guesses do not fill the memory, as only keys that operators made are cached without a limit. */
const UNKNOWN_MAX = 1_000;

interface Cached {
  readonly access: Access | null;
  readonly until: number;
}

interface KeyVerifierOptions {
  readonly db: Database;
  readonly logger: Logger;
  /** The access of keys that are not stored in Postgres, by their hashes. */
  readonly fixed?: ReadonlyMap<string, Access>;
}

/** Verifies API keys. Answers are cached by the key's hash for a few seconds, so a request usually costs no statement. */
export class KeyVerifier {
  readonly #options: KeyVerifierOptions;
  readonly #lookup: KeyLookup;
  readonly #known = new Map<string, Cached>();
  readonly #unknown = new Map<string, Cached>();
  readonly #asked = new Map<string, Promise<Access | null>>();

  constructor(options: KeyVerifierOptions) {
    this.#options = options;
    this.#lookup = new KeyLookup(options.db);
  }

  /**
   * Null for a key that is unknown, revoked or expired. Rejects while Postgres cannot be queried, and with
   * KeyLookupOverloaded while too many unknown keys are waiting.
   */
  verify(key: string): Access | null | Promise<Access | null> {
    const hash = hashApiKey(key);
    const fixed = this.#options.fixed?.get(hash);
    if (fixed) return fixed;
    if (!looksLikeApiKey(key)) return null;
    const cached = this.#known.get(hash) ?? this.#unknown.get(hash);
    if (cached && performance.now() < cached.until) return cached.access;
    return this.#asked.get(hash) ?? this.#ask(hash);
  }

  /** Whether the key of a client that was let in before is still valid. */
  async isStillGood(key: string | null): Promise<boolean> {
    try {
      return key !== null && (await this.verify(key)) !== null;
    } catch {
      // It was valid recently, and cannot be checked at the moment.
      return true;
    }
  }

  #ask(hash: string): Promise<Access | null> {
    const asking = this.#find(hash).finally(() => this.#asked.delete(hash));
    this.#asked.set(hash, asking);
    return asking;
  }

  async #find(hash: string): Promise<Access | null> {
    // Taken before the lookup: a key revoked during it must not stay cached for longer.
    const now = performance.now();
    const found = await this.#findUsable(hash);
    if (!found) {
      this.#known.delete(hash);
      this.#unknown.set(hash, { access: null, until: now + CACHE_MS });
      const [oldest] = this.#unknown.keys();
      if (this.#unknown.size > UNKNOWN_MAX) this.#unknown.delete(oldest!);
      return null;
    }
    const access = accessOf(`${found.name}/${found.id}`, found);
    const until = now + Math.min(CACHE_MS, found.expires_in_ms ?? CACHE_MS);
    this.#known.set(hash, { access, until });
    return access;
  }

  async #findUsable(hash: string): Promise<UsableApiKey | null> {
    try {
      return await this.#lookup.find(hash, this.#known.has(hash));
    } catch (error) {
      if (!isPermissionDenied(error)) throw error;
      this.#options.logger.warn(
        { reason: (error as Error).message },
        'this login may not read api_keys: no key stored there is accepted',
      );
      return null;
    }
  }
}
