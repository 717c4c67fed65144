import { hashAccessToken, newAccessToken } from './access-token.ts';
import type { Database } from './database.ts';

export interface NewAccessToken {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null: it never expires. */
  readonly expires_in_days: number | null;
}

/** The token is in this answer and nowhere else: only its hash is stored. */
export async function createAccessToken(
  db: Database,
  { name, scopes, expires_in_days }: NewAccessToken,
): Promise<{ id: string; token: string }> {
  const id = Bun.randomUUIDv7();
  const token = newAccessToken();
  await db.sql`
    insert into access_tokens (id, name, token_hash, scopes, expires_at)
    values (${id}, ${name}, ${hashAccessToken(token)}, ${JSON.stringify(scopes)}::jsonb,
      now() + make_interval(days => ${expires_in_days}::integer))`;
  return { id, token };
}
