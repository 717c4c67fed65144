import type postgres from 'postgres';
import journal from '../../migrations/meta/_journal.json' with { type: 'json' };

const newest = journal.entries.reduce((latest, entry) => (entry.when > latest.when ? entry : latest));

/**
 * Whether the database has this version's schema, or one that a later version has migrated further: a migration keeps the version
 * before it working, so that the two may run side by side.
 */
export async function isMigrated(sql: postgres.Sql): Promise<boolean> {
  // Asked for by name first: a table that is missing would be an error in the server's log, at every first start.
  const [table] = await sql<[{ exists: boolean }]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as exists`;
  if (!table.exists) return false;
  const [row] = await sql<[{ migrated: boolean }]>`
    select exists (select from drizzle.__drizzle_migrations where created_at >= ${newest.when}) as migrated`;
  return row.migrated;
}
