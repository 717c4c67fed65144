import { sql } from 'drizzle-orm';
import { integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/** API keys and what they permit. Only the hash of a key is stored, never the key. */
export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey(),
  /** What people call it, such as the client that uses it. */
  name: text().notNull(),
  /** SHA-256 in hex. A key is 256 random bits, so no slower hash is needed. */
  key_hash: text().notNull().unique(),
  scopes: jsonb().$type<string[]>().notNull(),
  /** Owns the tasks it creates; they are all it sees, unless it has the scope admin. Several keys may share an owner. */
  owner: text().notNull(),
  /** Requests a minute; null for no limit. */
  rate_limit: integer(),
  /** It may add no task while its owner has this many unfinished; null for no limit. */
  max_open_tasks: integer(),
  created_at: moment('created_at').notNull().default(sql`now()`),
  /** Null: never. */
  expires_at: moment('expires_at'),
  revoked_at: moment('revoked_at'),
});
