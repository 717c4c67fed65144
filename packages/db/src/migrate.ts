import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
/** Any constant will do, so long as every Millrace process uses the same one. */
const MIGRATION_LOCK = 7_305_411;

/**
 * Brings the database to this version's schema. Safe to call from many processes at once: one migrates, the others
 * wait for it and then find nothing to do.
 */
export async function migrate(url: string): Promise<void> {
  // A session-level lock belongs to its connection, so this takes one of its own.
  const sql = postgres(url, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => {} });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await applyMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
