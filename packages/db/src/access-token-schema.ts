import { sql } from 'drizzle-orm';
import { jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/** Who may call, and what they may do. Of the token itself only its hash is kept: nobody can read it here. */
export const accessTokens = pgTable('access_tokens', {
  id: uuid().primaryKey(),
  /** What people call it, such as the client that uses it. */
  name: text().notNull(),
  /** SHA-256 in hex. A token is 256 random bits, so that nothing slower is needed. */
  token_hash: text().notNull().unique(),
  scopes: jsonb().$type<string[]>().notNull(),
  created_at: moment('created_at').notNull().default(sql`now()`),
  /** Null: never. */
  expires_at: moment('expires_at'),
  revoked_at: moment('revoked_at'),
});
