import type { Task, TaskListQuery, TaskPage } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { TASK_COLUMNS } from '../task-row.ts';
import { findPage } from './find-page.ts';

const PAGE_SIZE = 20;
/** Size of the fields that can be long. */
const BYTES =
  'octet_length(concat(prompt, system, response_format::text, metadata::text, result::text, error::text))';

/** Newest first. UUIDv7 ids sort by creation time, so the last id of a page is the cursor for the next. */
export async function listTasks(db: Database, caller: Caller, query: TaskListQuery): Promise<TaskPage> {
  const limited = { ...query, limit: query.limit ?? PAGE_SIZE };
  const page = await findPage<Task>(db, caller, { columns: TASK_COLUMNS, bytes: BYTES }, limited);
  return { tasks: page.rows, next_cursor: page.next_cursor };
}
