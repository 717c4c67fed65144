import { eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { tasks } from './schema.ts';
import { closeUpColumns, type TaskCloseUp, toTaskPeek } from './task-peek.ts';

function preparePeek(db: Database) {
  return db.orm
    .select(closeUpColumns)
    .from(tasks)
    .where(eq(tasks.id, sql.placeholder('id')))
    .prepare('peek_task');
}

const prepared = new WeakMap<Database, ReturnType<typeof preparePeek>>();

/** @param id a UUID */
export async function peekTask(db: Database, id: string): Promise<TaskCloseUp | null> {
  let query = prepared.get(db);
  if (!query) {
    query = preparePeek(db);
    prepared.set(db, query);
  }
  const [row] = await query.execute({ id });
  return row ? toTaskPeek(row) : null;
}
