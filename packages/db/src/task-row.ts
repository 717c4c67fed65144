import { Task } from '@millrace/contracts';
import type { Database } from './connection/database.ts';

/** The fields of the API's task, each a column of the same name. */
export const TASK_FIELDS = Object.keys(Task.properties) as (keyof Task)[];
export const TASK_COLUMNS = columnsOf(TASK_FIELDS);

export function columnsOf(fields: readonly (keyof Task)[]): string {
  return fields.map((field) => `tasks.${field}`).join(', ');
}

export function taskColumnList({ sql }: Database) {
  return sql.unsafe(TASK_COLUMNS);
}
