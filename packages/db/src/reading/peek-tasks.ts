import type { TaskListQuery } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { findPage } from './find-page.ts';
import { peekColumns, type TaskPeek } from './task-peek.ts';

export interface TaskPeekPage {
  readonly tasks: TaskPeek[];
  readonly next_cursor: string | null;
}

/** A page as from `listTasks`, without the tasks' long texts. */
export async function peekTasks(
  db: Database,
  caller: Caller,
  query: TaskListQuery & { limit: number },
): Promise<TaskPeekPage> {
  const page = await findPage<TaskPeek>(db, caller, peekColumns, query);
  return { tasks: page.rows, next_cursor: page.next_cursor };
}
