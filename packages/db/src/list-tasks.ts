import type { TaskListQuery, TaskPage } from '@millrace/contracts';
import { and, desc, eq, gt, ilike, lt } from 'drizzle-orm';
import type { Caller } from './caller.ts';
import type { Database } from './database.ts';
import { tasks } from './schema.ts';
import { taskColumns, toTask } from './task-row.ts';

const PAGE_SIZE = 20;

/** Newest first. UUIDv7 ids sort by time of creation, so the last id of a page is the cursor to the next. */
export async function listTasks(db: Database, caller: Caller, query: TaskListQuery): Promise<TaskPage> {
  const limit = query.limit ?? PAGE_SIZE;
  const rows = await db.orm
    .select(taskColumns)
    .from(tasks)
    .where(matches(caller, query))
    .orderBy(desc(tasks.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  return {
    tasks: page.map(toTask),
    next_cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

/** The condition of a list, its cursor included. */
export function matches({ sees }: Caller, query: TaskListQuery) {
  return and(
    sees === null ? undefined : eq(tasks.owner, sees),
    query.cursor === undefined ? undefined : lt(tasks.id, query.cursor),
    query.status === undefined ? undefined : eq(tasks.status, query.status),
    query.model === undefined ? undefined : eq(tasks.model, query.model),
    query.priority === undefined ? undefined : eq(tasks.priority, query.priority),
    query.owner === undefined ? undefined : eq(tasks.owner, query.owner),
    query.created_after === undefined ? undefined : gt(tasks.created_at, query.created_after),
    query.created_before === undefined ? undefined : lt(tasks.created_at, query.created_before),
    query.text === undefined ? undefined : ilike(tasks.prompt, `%${escapeLike(query.text)}%`),
  );
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
