import { sql } from 'drizzle-orm';
import { integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/** Who may call, and what they may do. Of the key itself only its hash is kept: nobody can read it here. */
export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey(),
  /** What people call it, such as the client that uses it. */
  name: text().notNull(),
  /** SHA-256 in hex. A key is 256 random bits, so that nothing slower is needed. */
  key_hash: text().notNull().unique(),
  scopes: jsonb().$type<string[]>().notNull(),
  /** Whose tasks it makes and, unless it is an administrator's, the only ones it sees. Several keys may share one. */
  owner: text().notNull(),
  /** Requests a minute; null for no limit. */
  rate_limit: integer(),
  /** It adds no task while its owner has so many that are not finished; null for no limit. */
  max_open_tasks: integer(),
  created_at: moment('created_at').notNull().default(sql`now()`),
  /** Null: never. */
  expires_at: moment('expires_at'),
  revoked_at: moment('revoked_at'),
});
