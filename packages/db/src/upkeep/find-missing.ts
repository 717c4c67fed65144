import { arrayLiteral } from '../batching/array-literal.ts';
import type { Database } from '../connection/database.ts';

/**
 * Which of these ids no longer have a task. None if the database has no tasks at all: more likely it is the
 * wrong one, or is yet to be restored.
 */
export async function findMissing(db: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }[]>`
    select asked.id::text from unnest(${arrayLiteral(ids)}::uuid[]) as asked(id)
    where exists (select from tasks) and not exists (select from tasks where tasks.id = asked.id)`;
  return rows.map(({ id }) => id);
}
