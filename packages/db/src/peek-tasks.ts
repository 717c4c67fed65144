import type { TaskListQuery } from '@millrace/contracts';
import { desc } from 'drizzle-orm';
import type { Caller } from './caller.ts';
import type { Database } from './database.ts';
import { matches } from './list-tasks.ts';
import { tasks } from './schema.ts';
import { peekColumns, type TaskPeek, toTaskPeek } from './task-peek.ts';

export interface TaskPeekPage {
  readonly tasks: TaskPeek[];
  readonly next_cursor: string | null;
}

/** A page of a list, newest first, as `listTasks` has it, without any task's long texts. */
export async function peekTasks(
  db: Database,
  caller: Caller,
  query: TaskListQuery & { limit: number },
): Promise<TaskPeekPage> {
  const rows = await db.orm
    .select(peekColumns)
    .from(tasks)
    .where(matches(caller, query))
    .orderBy(desc(tasks.id))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit);
  return {
    tasks: page.map(toTaskPeek),
    next_cursor: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null,
  };
}
