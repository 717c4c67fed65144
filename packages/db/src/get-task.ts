import type { Task } from '@millrace/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { type Caller, isSeenByPlaceholder } from './caller.ts';
import type { Database } from './database.ts';
import { tasks } from './schema.ts';
import { taskColumns, toTask } from './task-row.ts';

function prepareGet(db: Database) {
  return db.orm
    .select(taskColumns)
    .from(tasks)
    .where(and(eq(tasks.id, sql.placeholder('id')), isSeenByPlaceholder))
    .prepare('get_task');
}

const prepared = new WeakMap<Database, ReturnType<typeof prepareGet>>();

/** @param id a UUID */
export async function getTask(db: Database, { sees }: Caller, id: string): Promise<Task | null> {
  let query = prepared.get(db);
  if (!query) {
    query = prepareGet(db);
    prepared.set(db, query);
  }
  const [row] = await query.execute({ id, sees });
  return row ? toTask(row) : null;
}
