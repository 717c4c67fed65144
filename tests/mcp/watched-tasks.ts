import type { Database } from '@millrace/db';
import { eventually } from '../waiting.ts';

/** When an MCP server last queried the watched tasks, or anything else. */
export async function lastAsked(db: Database): Promise<string> {
  const [row] = await db.sql<{ asked: string }[]>`
    select coalesce(max(query_start)::text, '') as asked from pg_stat_activity
    where application_name = 'millrace-mcp-reading' and datname = current_database()`;
  return row!.asked;
}

/** Resolves once nothing is queried any more. */
export async function untilNothingIsWatched(db: Database, timeoutMs = 10_000): Promise<void> {
  let last = '';
  const isQuiet = async () => {
    const before = last;
    last = await lastAsked(db);
    return last === before;
  };
  // Three times the interval between queries.
  await eventually('nothing is watched', isQuiet, { intervalMs: 900, timeoutMs });
}
