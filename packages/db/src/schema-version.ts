import type postgres from 'postgres';
import journal from '../migrations/meta/_journal.json' with { type: 'json' };
import { codeOf } from './errors.ts';

const newest = journal.entries.reduce((latest, entry) => (entry.when > latest.when ? entry : latest));

/**
 * Whether the database has this version's schema, or one that a later version has migrated further: a migration keeps the version
 * before it working, so that the two may run side by side.
 */
export async function isMigrated(sql: postgres.Sql): Promise<boolean> {
  try {
    const [row] = await sql<{ migrated: boolean }[]>`
      select exists (select from drizzle.__drizzle_migrations where created_at >= ${newest.when}) as migrated`;
    return row?.migrated === true;
  } catch (error) {
    // Neither the schema nor the table of the migrations is there, so there were none.
    if (['3F000', '42P01'].includes(codeOf(error))) return false;
    throw error;
  }
}
