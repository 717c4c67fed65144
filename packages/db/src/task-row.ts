import { Task } from '@millrace/contracts';
import type { Database } from './connection/database.ts';
import { tasks } from './schema.ts';

/** The fields of the API's task, each a column of the same name. */
export const TASK_FIELDS = Object.keys(Task.properties) as (keyof Task)[];

const TASK_COLUMN_LIST = TASK_FIELDS.map((field) => `tasks.${field}`).join(', ');

/** For drizzle's queries. */
export function columnsOf<Field extends keyof Task>(fields: readonly Field[]): Pick<typeof tasks, Field> {
  return Object.fromEntries(fields.map((field) => [field, tasks[field]])) as Pick<typeof tasks, Field>;
}

/** For a statement in SQL. */
export function taskColumnList({ sql }: Database) {
  return sql.unsafe(TASK_COLUMN_LIST);
}
