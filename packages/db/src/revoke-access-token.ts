import type { Database } from './database.ts';

/** @returns false if there is no such token, or it was revoked before */
export async function revokeAccessToken(db: Database, id: string): Promise<boolean> {
  const revoked = await db.sql`
    update access_tokens set revoked_at = now() where id = ${id} and revoked_at is null`;
  return revoked.count > 0;
}
