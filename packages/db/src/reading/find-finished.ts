import { arrayLiteral } from '../batching/array-literal.ts';
import type { Database } from '../connection/database.ts';

/** Which of these tasks have ended or are gone: one query for any number of waiting clients. */
export async function findFinished(db: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }[]>`
    select asked.id from unnest(${arrayLiteral(ids)}::uuid[]) as asked(id) left join tasks on tasks.id = asked.id
    where tasks.id is null or tasks.finished_at is not null`;
  return rows.map(({ id }) => id);
}
