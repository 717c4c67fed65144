import type { Database } from '../connection/database.ts';
import { API_KEY_COLUMNS, type ApiKey } from './api-key.ts';

/**
 * Revokes the key with this id, or every key with this name.
 *
 * @returns those that were not revoked before
 */
export async function revokeApiKeys(db: Database, idOrName: string): Promise<ApiKey[]> {
  return db.query<ApiKey[]>`
    update api_keys set revoked_at = now()
    where (id::text = lower(${idOrName}) or name = ${idOrName}) and revoked_at is null
    returning ${db.sql(API_KEY_COLUMNS)}`;
}
