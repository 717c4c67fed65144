import type { MODEL_PARAMETERS, Task, TaskCreate } from '@millrace/contracts';
import type postgres from 'postgres';
import { arrayLiteral } from '../batching/array-literal.ts';
import { DOORBELL_GRACE_SECONDS } from '../claiming/doorbell-grace.ts';
import { toTimestamp } from '../connection/timestamp.ts';

/** A validated submission: a lone surrogate, which validation refuses, would be stored as U+FFFD. */
export interface NewTask
  extends Pick<Task, 'id' | 'prompt' | 'model' | 'priority' | 'max_attempts' | 'timeout_ms' | 'metadata'>,
    Partial<Pick<TaskCreate, (typeof MODEL_PARAMETERS)[number]>> {
  /** Not before this time; null means at once. */
  readonly run_at: string | null;
  /** Delay from now, by Postgres's clock; null means at once. */
  readonly delay_ms: number | null;
  readonly idempotency_key: string | null;
  /** Without it, the task belongs to nobody. */
  readonly owner?: string | undefined;
}

/** Times of the inserted tasks: the statement's own, except `run_at` of those to run later. */
interface Inserted {
  readonly created_at: string;
  readonly later: Readonly<Record<string, string>> | null;
}

/** Inserts the tasks in one statement, all or none. Their ids must be new. */
export async function insertTasks(sql: postgres.ISql, tasks: readonly NewTask[]): Promise<Task[]> {
  const list = (read: (task: NewTask) => string | number | null | undefined) =>
    arrayLiteral(tasks.map((task) => read(task) ?? null));
  // One row for all: the driver takes longer to read a row than Postgres to write it.
  const [inserted] = await sql<[Inserted]>`
    with inserted as (
      insert into tasks
        (id, prompt, model, priority, max_attempts, timeout_ms, owner, idempotency_key, metadata, system, tools,
          temperature, max_output_tokens, response_format, run_at, due_at)
      select id, prompt, model, priority, max_attempts, timeout_ms, owner, idempotency_key, coalesce(metadata, '{}'),
        system, tools, temperature, max_output_tokens, response_format,
        greatest(run_at, now() + make_interval(secs => coalesce(delay_ms, 0) / 1000)),
        greatest(run_at, now() + make_interval(secs => coalesce(delay_ms / 1000, ${DOORBELL_GRACE_SECONDS})))
      from unnest(
        ${list(({ id }) => id)}::uuid[], ${list(({ prompt }) => prompt)}::text[], ${list(({ model }) => model)}::text[],
        ${list(({ priority }) => priority)}::smallint[], ${list(({ max_attempts }) => max_attempts)}::integer[],
        ${list(({ timeout_ms }) => timeout_ms)}::integer[], ${list(({ owner }) => owner)}::text[],
        ${list(({ idempotency_key }) => idempotency_key)}::text[], ${list(metadataOf)}::jsonb[],
        ${list(({ system }) => system)}::text[], ${list(({ tools }) => tools && JSON.stringify(tools))}::jsonb[],
        ${list(({ temperature }) => temperature)}::double precision[],
        ${list(({ max_output_tokens }) => max_output_tokens)}::integer[],
        ${list(({ response_format }) => response_format && JSON.stringify(response_format))}::json[],
        ${list(({ run_at }) => run_at)}::timestamptz[], ${list(({ delay_ms }) => delay_ms)}::double precision[]
      ) as input(id, prompt, model, priority, max_attempts, timeout_ms, owner, idempotency_key, metadata, system, tools,
        temperature, max_output_tokens, response_format, run_at, delay_ms)
      returning id, run_at
    )
    select now() as created_at, json_object_agg(id, run_at::text) filter (where run_at <> now()) as later
    from inserted`;
  const { created_at, later } = inserted;
  return tasks.map((task) => {
    const runAt = later?.[task.id];
    return asTask(task, created_at, runAt === undefined ? created_at : toTimestamp(runAt));
  });
}

/** Null if empty, as for most tasks. */
function metadataOf({ metadata }: NewTask): string | null {
  for (const _ in metadata) return JSON.stringify(metadata);
  return null;
}

/** A task as it was stored, before anything happened to it. */
export function asTask(input: NewTask, createdAt: string, runAt: string): Task {
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
    run_at: runAt,
    system: input.system ?? null,
    tools: input.tools ?? null,
    temperature: input.temperature ?? null,
    max_output_tokens: input.max_output_tokens ?? null,
    response_format: input.response_format ?? null,
    metadata: input.metadata,
    idempotency_key: input.idempotency_key,
    owner: input.owner ?? null,
    created_at: createdAt,
    started_at: null,
    finished_at: null,
    usage: null,
  };
}
