import type postgres from 'postgres';
import journal from '../../migrations/meta/_journal.json' with { type: 'json' };

const newest = journal.entries.reduce((latest, entry) => (entry.when > latest.when ? entry : latest));

/**
 * Whether the database has this version's schema or a later one: a migration keeps the previous version
 * working, so that the two can run side by side.
 */
export async function isMigrated(sql: postgres.Sql): Promise<boolean> {
  // Checked by name first: querying a missing table would log an error on the server at every first start.
  const [table] = await sql<[{ exists: boolean }]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as exists`;
  if (!table.exists) return false;
  const [row] = await sql<[{ migrated: boolean }]>`
    select exists (select from drizzle.__drizzle_migrations where created_at >= ${newest.when}) as migrated`;
  return row.migrated;
}
