import type { AccessToken } from './access-token.ts';
import type { Database } from './database.ts';
import { toAccessToken } from './find-access-token.ts';

/** Every token that was ever made, newest first; none of them can be read. */
export async function listAccessTokens(db: Database): Promise<AccessToken[]> {
  const rows = await db.sql<AccessToken[]>`
    select id, name, scopes, created_at, expires_at, revoked_at from access_tokens order by id desc`;
  return rows.map(toAccessToken);
}
