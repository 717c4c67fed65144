import type { Task } from '@millrace/contracts';
import { eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { tasks } from './schema.ts';
import { taskColumns, toTask } from './task-row.ts';

function prepareGet(db: Database) {
  return db.orm
    .select(taskColumns)
    .from(tasks)
    .where(eq(tasks.id, sql.placeholder('id')))
    .prepare('get_task');
}

const prepared = new WeakMap<Database, ReturnType<typeof prepareGet>>();

/** @param id a UUID */
export async function getTask(db: Database, id: string): Promise<Task | null> {
  let query = prepared.get(db);
  if (!query) {
    query = prepareGet(db);
    prepared.set(db, query);
  }
  const [row] = await query.execute({ id });
  return row ? toTask(row) : null;
}
