import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import type postgres from 'postgres';
import { withConnection } from './one-connection.ts';
import { isMigrated } from './schema-version.ts';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
/** Any constant will do, so long as every Millrace process uses the same one. */
const MIGRATION_LOCK = 7_305_411;

/**
 * Brings the database to this version's schema. Safe to call from many processes at once: one migrates, the others
 * wait for it and then find nothing to do. A login that may not migrate finds nothing to do either, once somebody else has.
 */
export function migrate(url: string): Promise<void> {
  return withConnection(url, async (sql) => {
    if (await isMigrated(sql)) return;
    await bringUpToDate(sql);
  });
}

async function bringUpToDate(sql: postgres.Sql): Promise<void> {
  // A session-level lock, which ends with this connection.
  await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
  await applyMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER });
}
