import type { Task } from '@millrace/contracts';
import { sql } from 'drizzle-orm';
import { tasks } from '../schema.ts';
import { columnsOf } from '../task-row.ts';

/** Enough for a preview of 2,000 bytes in any language. */
const HEAD_CHARACTERS = sql.raw('2000');

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

export const peekColumns = {
  ...columnsOf(PEEK_FIELDS),
  prompt_head: sql<string>`left(${tasks.prompt}, ${HEAD_CHARACTERS})`.as('prompt_head'),
  prompt_length: sql<number>`length(${tasks.prompt})`.as('prompt_length'),
  updated_at:
    sql<string>`coalesce(${tasks.finished_at}, ${tasks.attempt_started_at}, ${tasks.created_at})`.as(
      'updated_at',
    ),
};

/** More details, for a single task. */
export interface TaskCloseUp extends TaskPeek {
  /** Null until there is a result. */
  readonly output_head: string | null;
  readonly output_length: number | null;
}

const output = sql`${tasks.result} ->> 'output'`;

export const closeUpColumns = {
  ...peekColumns,
  output_head: sql<string | null>`left(${output}, ${HEAD_CHARACTERS})`.as('output_head'),
  output_length: sql<number | null>`length(${output})`.as('output_length'),
};
