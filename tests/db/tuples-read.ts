import type { Database, ServiceRole } from '@millrace/db';

/** Rows and index entries read so far on this connection, of tasks and what belongs to them. */
async function read({ sql }: Database): Promise<number> {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<[{ tuples: number }]>`
    select (select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables)::integer
      + (select sum(idx_tup_read) from pg_stat_user_indexes)::integer as tuples`;
  return row.tuples;
}

export async function readBy(db: Database, act: () => Promise<unknown>): Promise<number> {
  const before = await read(db);
  await act();
  return (await read(db)) - before;
}

/**
 * The most that the act reads, as the login and as a service's role: row security makes the planner choose differently.
 * The act is done twice.
 */
export async function mostReadBy(
  db: Database,
  act: () => Promise<unknown>,
  role: ServiceRole = 'millrace_gateway',
): Promise<number> {
  const asLogin = await readBy(db, act);
  await db.sql`set role ${db.sql.unsafe(role)}`;
  try {
    return Math.max(asLogin, await readBy(db, act));
  } finally {
    await db.sql`reset role`;
  }
}

/** Finished tasks, an old one first, inserted without the verbs. */
export function fill({ sql }: Database, count: number, model = 'builtin') {
  return sql`
    insert into tasks (id, prompt, model, priority, status, max_attempts, timeout_ms, run_at, metadata, created_at, finished_at)
    select uuidv7(make_interval(secs => n - ${count} - 60)), 'x', ${model}, 5, 'COMPLETED', 3, 1000, now(), '{}', now(), now()
    from generate_series(1, ${count}::integer) as n`;
}
