import type { AccessToken } from './access-token.ts';
import type { Database } from './database.ts';
import { toTimestamp } from './task-row.ts';

/** The token with this hash, if it may be used now: neither revoked nor expired. */
export async function findAccessToken(db: Database, tokenHash: string): Promise<AccessToken | null> {
  const [row] = await db.sql<AccessToken[]>`
    select id, name, scopes, created_at, expires_at, revoked_at from access_tokens
    where token_hash = ${tokenHash} and revoked_at is null and (expires_at is null or expires_at > now())`;
  return row ? toAccessToken(row) : null;
}

export function toAccessToken(row: AccessToken): AccessToken {
  return {
    ...row,
    created_at: toTimestamp(row.created_at),
    expires_at: row.expires_at && toTimestamp(row.expires_at),
    revoked_at: row.revoked_at && toTimestamp(row.revoked_at),
  };
}
