import { sql } from 'drizzle-orm';
import type postgres from 'postgres';
import { tasks } from './schema.ts';

/**
 * On whose behalf a verb works. Every verb that serves clients takes one: what the caller does not see, no verb tells it of, and an id
 * of somebody else's is answered as one that was never given out.
 */
export interface Caller {
  /** The tasks of this owner and no others; null: everybody's, and those without an owner. */
  readonly sees: string | null;
  /** Whose the tasks are that it makes; null: nobody's. */
  readonly owner: string | null;
  /** It adds no task while its owner has so many that are not finished; null for no limit. */
  readonly max_open_tasks: number | null;
}

/** Whoever needs no API key: where none are asked for, and on this machine. */
export const UNRESTRICTED: Caller = { sees: null, owner: null, max_open_tasks: null };

/** A condition on `tasks`: that the caller sees the row. */
export function isSeen(db: { readonly sql: postgres.Sql | postgres.TransactionSql }, { sees }: Caller) {
  const sql = db.sql as postgres.Sql;
  return sees === null ? sql`true` : sql`tasks.owner = ${sees}`;
}

const sees = sql.placeholder('sees');
/** The same for prepared queries, which are executed with `sees`. */
export const isSeenByPlaceholder = sql`(${sees}::text is null or ${tasks.owner} = ${sees})`;
