import type { Database } from '../connection/database.ts';
import { API_KEY_COLUMNS, type ApiKey } from './api-key.ts';

/** Every key ever created, newest first. */
export async function listApiKeys(db: Database): Promise<ApiKey[]> {
  return db.query<ApiKey[]>`select ${db.sql(API_KEY_COLUMNS)} from api_keys order by id desc`;
}
