import type { Task, TaskListQuery } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { columnsOf } from '../task-row.ts';
import { findPage } from './find-page.ts';

const PEEK_FIELDS = [
  'id',
  'status',
  'model',
  'priority',
  'attempts',
  'max_attempts',
  'error',
  'run_at',
  'created_at',
  'started_at',
  'finished_at',
  'usage',
] as const;

/** A task without its long texts, of which only the beginnings are loaded. */
export interface TaskPeek extends Pick<Task, (typeof PEEK_FIELDS)[number]> {
  readonly prompt_head: string;
  /** In Postgres characters. */
  readonly prompt_length: number;
  /** When its status last changed. */
  readonly updated_at: string;
}

export interface TaskPeekPage {
  readonly tasks: TaskPeek[];
  readonly next_cursor: string | null;
}

/** Enough for a preview of 2,000 bytes in any language. */
export const HEAD_CHARACTERS = 2_000;

export const PEEK_COLUMNS = `${columnsOf(PEEK_FIELDS)},
  left(tasks.prompt, ${HEAD_CHARACTERS}) as prompt_head, length(tasks.prompt) as prompt_length,
  coalesce(tasks.finished_at, tasks.attempt_started_at, tasks.created_at) as updated_at`;

/** A page as from `listTasks`, without the tasks' long texts. */
export async function peekTasks(
  db: Database,
  caller: Caller,
  query: TaskListQuery & { limit: number },
): Promise<TaskPeekPage> {
  const page = await findPage<TaskPeek>(db, caller, { columns: PEEK_COLUMNS }, query);
  return { tasks: page.rows, next_cursor: page.next_cursor };
}
