import { and, eq, sql } from 'drizzle-orm';
import { type Caller, isSeenByPlaceholder } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { tasks } from '../schema.ts';
import { closeUpColumns, type TaskCloseUp } from './task-peek.ts';

function preparePeek(db: Database) {
  return db.orm
    .select(closeUpColumns)
    .from(tasks)
    .where(and(eq(tasks.id, sql.placeholder('id')), isSeenByPlaceholder))
    .prepare('peek_task');
}

const prepared = new WeakMap<Database, ReturnType<typeof preparePeek>>();

/** @param id a UUID */
export async function peekTask(db: Database, { sees }: Caller, id: string): Promise<TaskCloseUp | null> {
  let query = prepared.get(db);
  if (!query) {
    query = preparePeek(db);
    prepared.set(db, query);
  }
  const [row] = await answeredInTime(query.execute({ id, sees }));
  return row ?? null;
}
