import { LANES, laneOf, type MODEL_PARAMETERS, type Task, type TaskCreate } from '@millrace/contracts';
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
  // Unnested in the select list: in `from`, each array would fill a table of its own first, a fifth of the time of it all.
  // One row for all: the driver takes longer to read a row than Postgres to write it.
  const [inserted] = await sql<[Inserted]>`
    with inserted as (
      insert into tasks
        (id, prompt, model, priority, lane, max_attempts, timeout_ms, owner, idempotency_key, metadata, system, tools,
          temperature, max_output_tokens, response_format, run_at, due_at)
      select id, prompt, model, priority, lane, max_attempts, timeout_ms, owner, idempotency_key, coalesce(metadata, '{}'),
        system, tools, temperature, max_output_tokens, response_format,
        greatest(run_at, now() + make_interval(secs => coalesce(delay_ms, 0) / 1000)),
        greatest(run_at, now() + make_interval(secs => coalesce(delay_ms / 1000, ${DOORBELL_GRACE_SECONDS})))
      from (
        select unnest(${list(({ id }) => id)}::uuid[]) as id, unnest(${list(({ prompt }) => prompt)}::text[]) as prompt,
          unnest(${list(({ model }) => model)}::text[]) as model,
          unnest(${list(({ priority }) => priority)}::smallint[]) as priority,
          unnest(${list(({ priority }) => LANES.indexOf(laneOf(priority)))}::smallint[]) as lane,
          unnest(${list(({ max_attempts }) => max_attempts)}::integer[]) as max_attempts,
          unnest(${list(({ timeout_ms }) => timeout_ms)}::integer[]) as timeout_ms,
          unnest(${list(({ owner }) => owner)}::text[]) as owner,
          unnest(${list(({ idempotency_key }) => idempotency_key)}::text[]) as idempotency_key,
          unnest(${list(metadataOf)}::jsonb[]) as metadata,
          unnest(${list(({ system }) => system)}::text[]) as system,
          unnest(${list(({ tools }) => tools && JSON.stringify(tools))}::jsonb[]) as tools,
          unnest(${list(({ temperature }) => temperature)}::double precision[]) as temperature,
          unnest(${list(({ max_output_tokens }) => max_output_tokens)}::integer[]) as max_output_tokens,
          unnest(${list(({ response_format }) => response_format && JSON.stringify(response_format))}::json[])
            as response_format,
          unnest(${list(({ run_at }) => run_at)}::timestamptz[]) as run_at,
          unnest(${list(({ delay_ms }) => delay_ms)}::double precision[]) as delay_ms
      ) as input
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
