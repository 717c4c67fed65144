import { arrayLiteral } from '../batching/array-literal.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';

/**
 * Which of these ids no task has any more. A database without a single task answers none: more likely than that all of them are gone, it
 * is another one than was meant, or has yet to be restored.
 */
export async function findMissing(db: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await answeredInTime(db.sql<{ id: string }[]>`
    select asked.id::text from unnest(${arrayLiteral(ids)}::uuid[]) as asked(id)
    where exists (select from tasks) and not exists (select from tasks where tasks.id = asked.id)`);
  return rows.map(({ id }) => id);
}
