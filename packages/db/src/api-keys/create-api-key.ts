import type { Database } from '../connection/database.ts';
import { type ApiKey, hashApiKey, newApiKey } from './api-key.ts';

export interface NewApiKey
  extends Pick<ApiKey, 'name' | 'scopes' | 'owner' | 'rate_limit' | 'max_open_tasks'> {
  /** Null: it never expires. */
  readonly expires_in_days: number | null;
}

/** The key is in this result and nowhere else: only its hash is stored. */
export async function createApiKey(
  db: Database,
  { name, scopes, owner, rate_limit, max_open_tasks, expires_in_days }: NewApiKey,
): Promise<{ id: string; key: string }> {
  const id = Bun.randomUUIDv7();
  const key = newApiKey();
  await db.query`
    insert into api_keys (id, name, key_hash, scopes, owner, rate_limit, max_open_tasks, expires_at)
    values (${id}, ${name}, ${hashApiKey(key)}, ${JSON.stringify(scopes)}::jsonb, ${owner}, ${rate_limit},
      ${max_open_tasks}, now() + make_interval(days => ${expires_in_days}::integer))`;
  return { id, key };
}
