import type { Logger } from '@millrace/contracts';
import {
  type Database,
  findAccessToken,
  hashAccessToken,
  isPermissionDenied,
  looksLikeAccessToken,
} from '@millrace/db';
import { type Access, accessOf } from './access.ts';
import type { EnvironmentToken } from './environment-tokens.ts';

/** How long a revoked token may still be good. */
const CACHE_MS = 5_000;
/** Beyond it the oldest go: whoever tries tokens fills no memory. */
const CACHED_MAX = 1_000;

interface Cached {
  readonly access: Access | null;
  readonly until: number;
}

export interface TokenVerifierOptions {
  readonly tokens: readonly EnvironmentToken[];
  readonly db: Database;
  readonly readOnly: boolean;
  readonly logger: Logger;
}

/** Knows the tokens of the environment and those in Postgres, all by their hashes. */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #fixed: ReadonlyMap<string, Access>;
  readonly #cache = new Map<string, Cached>();

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#fixed = new Map(
      options.tokens.map(({ name, hash, scopes }) => [hash, this.#access(`environment/${name}`, scopes)]),
    );
  }

  /** Null for a token that is not known, not any more, or not yet. Rejects while Postgres can't be asked. */
  async verify(token: string): Promise<Access | null> {
    const hash = hashAccessToken(token);
    const fixed = this.#fixed.get(hash);
    if (fixed) return fixed;
    if (!looksLikeAccessToken(token)) return null;
    const cached = this.#cache.get(hash);
    if (cached && performance.now() < cached.until) return cached.access;
    const access = await this.#find(hash);
    this.#cache.delete(hash);
    this.#cache.set(hash, { access, until: performance.now() + CACHE_MS });
    for (const [oldest] of this.#cache) {
      if (this.#cache.size <= CACHED_MAX) break;
      this.#cache.delete(oldest);
    }
    return access;
  }

  async #find(hash: string): Promise<Access | null> {
    try {
      const found = await findAccessToken(this.#options.db, hash);
      return found && this.#access(`${found.name}/${found.id}`, found.scopes);
    } catch (error) {
      if (!isPermissionDenied(error)) throw error;
      this.#options.logger.warn(
        { reason: (error as Error).message },
        'this login may not read access_tokens: only the tokens of MCP_TOKENS are known',
      );
      return null;
    }
  }

  #access(client: string, scopes: readonly string[]): Access {
    return accessOf(client, scopes, this.#options.readOnly);
  }
}
