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

/** How long a revoked key may still be good. */
const CACHE_MS = 5_000;
const KNOWN_MAX = 10_000;
/** Apart from those that are known: whoever tries keys fills no memory, and drives nobody out. */
const UNKNOWN_MAX = 1_000;

interface Cached {
  readonly access: Access | null;
  readonly until: number;
}

export interface KeyVerifierOptions {
  readonly db: Database;
  readonly logger: Logger;
  /** Keys that are in no table, by their hashes. */
  readonly fixed?: ReadonlyMap<string, Access>;
}

/** Knows API keys by their hashes, and asks Postgres about each only every few seconds: a request costs no statement. */
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
   * Null for a key that is not known, or not any more. Rejects while Postgres can't be asked, or with KeyLookupOverloaded while
   * too many keys are tried.
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

  /** Whether whoever was let in with this key would be now. */
  async isStillGood(key: string | null): Promise<boolean> {
    try {
      return key !== null && (await this.verify(key)) !== null;
    } catch {
      // It cannot be told at the moment, and was so a while ago.
      return true;
    }
  }

  async #ask(hash: string): Promise<Access | null> {
    const asking = this.#find(hash).finally(() => this.#asked.delete(hash));
    this.#asked.set(hash, asking);
    return asking;
  }

  async #find(hash: string): Promise<Access | null> {
    // From before the question: what is revoked while it is under way counts from there.
    const now = performance.now();
    const found = await this.#findUsable(hash);
    this.#known.delete(hash);
    this.#unknown.delete(hash);
    if (!found) {
      keep(this.#unknown, UNKNOWN_MAX, hash, { access: null, until: now + CACHE_MS });
      return null;
    }
    const access = accessOf(`${found.name}/${found.id}`, found);
    const until = now + Math.min(CACHE_MS, found.expires_in_ms ?? CACHE_MS);
    keep(this.#known, KNOWN_MAX, hash, { access, until });
    return access;
  }

  async #findUsable(hash: string): Promise<UsableApiKey | null> {
    try {
      return await this.#lookup.find(hash, this.#known.has(hash));
    } catch (error) {
      if (!isPermissionDenied(error)) throw error;
      this.#options.logger.warn(
        { reason: (error as Error).message },
        'this login may not read api_keys: no key that is stored there is known',
      );
      return null;
    }
  }
}

/** Beyond the bound the oldest go. */
function keep(cache: Map<string, Cached>, max: number, hash: string, cached: Cached): void {
  cache.set(hash, cached);
  for (const [oldest] of cache) {
    if (cache.size <= max) break;
    cache.delete(oldest);
  }
}
