import type { Database } from '@millrace/db';
import { openPool } from '../../test-database.ts';

/** Where every run of a test starts: the clock stands still unless it is moved. */
export const EPOCH_MS = Date.parse('2030-01-01T00:00:00Z');

/**
 * Gives a test database a clock that the test moves: a `now()` found before Postgres's own. The verbs are unchanged, and the
 * times they write are predictable to the millisecond, so nothing depends on the machine's speed. Applies to connections
 * opened afterwards.
 */
export async function installVirtualClock(url: string): Promise<void> {
  const db = openPool(url);
  const [row] = await db.sql<{ name: string }[]>`select current_database() as name`;
  await db.sql.unsafe(`
    create schema clock;
    create table clock.reading (instant timestamptz not null);
    insert into clock.reading values ('${new Date(EPOCH_MS).toISOString()}');
    create function clock.now() returns timestamptz language sql stable as 'select instant from clock.reading';
    alter table tasks alter created_at set default clock.now();
    alter table idempotency_keys alter created_at set default clock.now();
    alter database ${row!.name} set search_path = clock, pg_catalog, public;`);
  await db.close();
}

export async function advanceClock({ sql }: Database, byMs: number): Promise<void> {
  await sql`update clock.reading set instant = instant + make_interval(secs => ${byMs / 1000})`;
}

/** Back to the epoch, without tasks. */
export async function startAfresh({ sql }: Database): Promise<void> {
  await sql`delete from tasks`;
  await sql`delete from idempotency_keys`;
  await sql`update clock.reading set instant = ${new Date(EPOCH_MS).toISOString()}`;
}
