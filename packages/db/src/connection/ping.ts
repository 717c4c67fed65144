import type { Database } from './database.ts';
import { answeredInTime } from './deadline.ts';

const PING_MS_MAX = 2_000;

/** @throws if Postgres does not answer within 2 s */
export async function ping(db: Database): Promise<void> {
  await answeredInTime(db.sql`select 1`, PING_MS_MAX);
}
