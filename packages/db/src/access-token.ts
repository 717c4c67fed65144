/** A stored token, without the token. */
export interface AccessToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/** Makes a leaked token recognisable, to people and to secret scanners. */
const PREFIX = 'mrt_';
const RANDOM_BYTES = 32;

const SHAPE = /^mrt_[A-Za-z0-9_-]{43}$/;

/** Whether it may be one of ours: anything else needs no look into the database. */
export function looksLikeAccessToken(token: string): boolean {
  return SHAPE.test(token);
}

export function newAccessToken(): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return PREFIX + random.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** SHA-256 in hex: what is stored in place of a token. */
export function hashAccessToken(token: string): string {
  return new Bun.CryptoHasher('sha256').update(token).digest('hex');
}
