import type { MODEL_PARAMETERS, Task, TaskCreate } from '@millrace/contracts';
import type postgres from 'postgres';
import { arrayLiteral } from './array-literal.ts';
import { DOORBELL_GRACE_SECONDS } from './doorbell-grace.ts';
import { toTimestamp } from './task-row.ts';

/** A validated submission. */
export interface NewTask
  extends Pick<Task, 'id' | 'prompt' | 'model' | 'priority' | 'max_attempts' | 'timeout_ms' | 'metadata'>,
    Partial<Pick<TaskCreate, (typeof MODEL_PARAMETERS)[number]>> {
  /** Not before this time; null means at once. */
  readonly run_at: string | null;
  /** Not before so long from now, by Postgres's clock; null means at once. */
  readonly delay_ms: number | null;
  readonly idempotency_key: string | null;
  /** Left out: nobody's. */
  readonly owner?: string | undefined;
}

/** UUIDv7, made before the insert: a repeated insert of the same task does nothing. */
export function newTaskId(): string {
  return Bun.randomUUIDv7();
}

/** Times of the inserted tasks: all have the statement's own, but for those that are to run later. */
interface Inserted {
  readonly created_at: string;
  readonly later: Readonly<Record<string, string>> | null;
}

/**
 * Inserts the tasks in one statement, all or none.
 *
 * @throws a unique violation if one of the ids is there already
 */
export async function insertTasks(
  sql: postgres.Sql | postgres.TransactionSql,
  inputs: readonly NewTask[],
): Promise<Map<string, Task>> {
  const rows = inOrderOfIds(inputs);
  const column = (read: (row: NewTask) => string | number | null) => arrayLiteral(rows.map(read));
  // Answered in one row: the driver takes longer to read a row than Postgres to write it.
  const [inserted] = await sql<[Inserted]>`
    with inserted as (
      insert into tasks
        (id, prompt, model, priority, max_attempts, timeout_ms, owner, idempotency_key, metadata, system, tools,
          temperature, max_output_tokens, response_format, run_at, due_at)
      select id, prompt, model, priority, max_attempts, timeout_ms, owner, options ->> 'idempotency_key',
        coalesce((options -> 'metadata')::jsonb, '{}'), options ->> 'system', (options -> 'tools')::jsonb,
        (options ->> 'temperature')::double precision, (options ->> 'max_output_tokens')::integer,
        options -> 'response_format',
        greatest(run_at, now() + make_interval(secs => coalesce(delay_seconds, 0))),
        greatest(run_at, now() + make_interval(secs => coalesce(delay_seconds, ${DOORBELL_GRACE_SECONDS})))
      from (
        select *, (options ->> 'run_at')::timestamptz as run_at,
          (options ->> 'delay_ms')::double precision / 1000 as delay_seconds
        from unnest(
          ${column(({ id }) => id)}::uuid[], ${column(({ prompt }) => prompt)}::text[],
          ${column(({ model }) => model)}::text[], ${column(({ priority }) => priority)}::smallint[],
          ${column(({ max_attempts }) => max_attempts)}::integer[],
          ${column(({ timeout_ms }) => timeout_ms)}::integer[], ${column(({ owner }) => owner ?? null)}::text[],
          ${column(optionsOf)}::json[]
        ) as row(id, prompt, model, priority, max_attempts, timeout_ms, owner, options)
      ) as input
      returning id, run_at
    )
    select now() as created_at, json_object_agg(id, run_at::text) filter (where run_at <> now()) as later
    from inserted`;
  const createdAt = toTimestamp(inserted.created_at);
  const tasks = new Map<string, Task>();
  for (const row of rows) {
    const later = inserted.later?.[row.id];
    tasks.set(row.id, asTask(row, createdAt, later === undefined ? createdAt : toTimestamp(later)));
  }
  return tasks;
}

/** Each id once, the first time it comes. Two pools that insert the same tasks in other orders would wait for each other. */
function inOrderOfIds(inputs: readonly NewTask[]): NewTask[] {
  const first = new Map<string, NewTask>();
  for (const input of inputs) if (!first.has(input.id)) first.set(input.id, input);
  return [...first.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What most tasks leave out, as JSON; null for those. */
function optionsOf(task: NewTask): string | null {
  const { metadata, system, tools, temperature, max_output_tokens, response_format } = task;
  const json = JSON.stringify({
    idempotency_key: task.idempotency_key ?? undefined,
    run_at: task.run_at ?? undefined,
    delay_ms: task.delay_ms ?? undefined,
    metadata: isEmpty(metadata) ? undefined : metadata,
    system,
    tools,
    temperature,
    max_output_tokens,
    response_format,
  });
  return json === '{}' ? null : json;
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

function asTask(input: NewTask, createdAt: string, runAt: string): Task {
  return {
    id: input.id,
    prompt: input.prompt,
    model: input.model,
    priority: input.priority,
    status: 'PENDING',
    result: null,
    error: null,
    attempts: 0,
    max_attempts: input.max_attempts,
    timeout_ms: input.timeout_ms,
    system: input.system ?? null,
    tools: input.tools ?? null,
    temperature: input.temperature ?? null,
    max_output_tokens: input.max_output_tokens ?? null,
    response_format: input.response_format ?? null,
    run_at: runAt,
    metadata: input.metadata,
    idempotency_key: input.idempotency_key,
    owner: input.owner ?? null,
    created_at: createdAt,
    started_at: null,
    finished_at: null,
    usage: null,
  };
}
