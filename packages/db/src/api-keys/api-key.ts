/** What is stored of a key, except its hash. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly owner: string;
  /** Requests a minute; null for no limit. */
  readonly rate_limit: number | null;
  /** It may add no task while its owner has this many unfinished; null for no limit. */
  readonly max_open_tasks: number | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/** Makes a leaked key recognisable, to people and to secret scanners. */
const PREFIX = 'mrt_';
const RANDOM_BYTES = 32;

const SHAPE = /^mrt_[A-Za-z0-9_-]{43}$/;

/** Whether it may be one of ours: anything else needs no database lookup. */
export function looksLikeApiKey(text: string): boolean {
  return SHAPE.test(text);
}

export function newApiKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return PREFIX + random.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** SHA-256 in hex: what is stored in place of a key. */
export function hashApiKey(key: string): string {
  return new Bun.CryptoHasher('sha256').update(key).digest('hex');
}

export const API_KEY_COLUMNS = [
  'id',
  'name',
  'scopes',
  'owner',
  'rate_limit',
  'max_open_tasks',
  'created_at',
  'expires_at',
  'revoked_at',
] as const satisfies (keyof ApiKey)[];
