import type { Task } from '@millrace/contracts';
import type { Database } from './connection/database.ts';
import { tasks } from './schema.ts';

/** The columns that make up the API's task: everything but what only executors need. */
export const taskColumns = {
  id: tasks.id,
  prompt: tasks.prompt,
  model: tasks.model,
  priority: tasks.priority,
  status: tasks.status,
  result: tasks.result,
  error: tasks.error,
  attempts: tasks.attempts,
  max_attempts: tasks.max_attempts,
  timeout_ms: tasks.timeout_ms,
  system: tasks.system,
  tools: tasks.tools,
  temperature: tasks.temperature,
  max_output_tokens: tasks.max_output_tokens,
  response_format: tasks.response_format,
  run_at: tasks.run_at,
  metadata: tasks.metadata,
  idempotency_key: tasks.idempotency_key,
  owner: tasks.owner,
  created_at: tasks.created_at,
  started_at: tasks.started_at,
  finished_at: tasks.finished_at,
  usage: tasks.usage,
};

const TASK_COLUMN_LIST = Object.keys(taskColumns)
  .map((name) => `tasks.${name}`)
  .join(', ');

/** Of what is long in tasks, as they are stored: those of one statement are in memory at the same time. The last one may go beyond. */
export const READ_BYTES_MAX = 4 * 1024 * 1024;

/** The same columns for a statement of our own, to be read by `toTask`. */
export function taskColumnList({ sql }: Database) {
  return sql.unsafe(TASK_COLUMN_LIST);
}

/** @param row times as Postgres writes them: `2026-11-23 08:30:00.123456+00` */
export function toTask(row: Task): Task {
  return {
    ...row,
    run_at: toTimestamp(row.run_at),
    created_at: toTimestamp(row.created_at),
    started_at: row.started_at && toTimestamp(row.started_at),
    finished_at: row.finished_at && toTimestamp(row.finished_at),
  };
}

/** RFC 3339 in UTC, to the millisecond. The session's time zone is UTC, so the text ends in `+00`. */
export function toTimestamp(postgresText: string): string {
  return new Date(`${postgresText.slice(0, 10)}T${postgresText.slice(11, -3)}Z`).toISOString();
}
