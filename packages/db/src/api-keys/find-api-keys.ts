import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { observed } from '../connection/observer.ts';
import { API_KEY_COLUMNS, type ApiKey } from './api-key.ts';

/** Every request waits for the answer. */
const ANSWER_MS_MAX = 5_000;

export interface UsableApiKey extends ApiKey {
  readonly key_hash: string;
  /** By Postgres's clock; null if it never expires. */
  readonly expires_in_ms: number | null;
}

/** The keys with these hashes that are neither revoked nor expired. */
export async function findApiKeys(db: Database, hashes: readonly string[]): Promise<UsableApiKey[]> {
  const found = db.sql<UsableApiKey[]>`
    select ${db.sql(API_KEY_COLUMNS)}, key_hash,
      (extract(epoch from expires_at - now()) * 1000)::double precision as expires_in_ms
    from api_keys
    where key_hash in (select value from json_array_elements_text(${JSON.stringify(hashes)}::json))
      and revoked_at is null and (expires_at is null or expires_at > now())`;
  return observed(db, 'find_api_keys', answeredInTime(found, ANSWER_MS_MAX));
}
