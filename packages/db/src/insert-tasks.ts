import type { MODEL_PARAMETERS, Task, TaskCreate } from '@millrace/contracts';
import type postgres from 'postgres';
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
  /** Null if all of them were inserted. */
  readonly ids: readonly string[] | null;
}

/** Inserts the tasks in one statement; those whose id was there already are missing from the answer. */
export async function insertTasks(
  sql: postgres.Sql | postgres.TransactionSql,
  inputs: readonly NewTask[],
): Promise<Map<string, Task>> {
  const first = new Map<string, NewTask>();
  for (const input of inputs) if (!first.has(input.id)) first.set(input.id, input);
  // In the order of ids: two pools that insert the same tasks would otherwise wait for each other.
  // Answered in one row: the driver takes longer to read a row than Postgres to write it.
  const [inserted] = await sql<[Inserted]>`
    with inserted as (
      insert into tasks
        (id, prompt, model, priority, max_attempts, timeout_ms, system, tools, temperature, max_output_tokens,
          response_format, metadata, idempotency_key, owner, run_at, due_at)
      select id, prompt, model, priority, max_attempts, timeout_ms, system, tools, temperature, max_output_tokens,
        response_format, metadata, idempotency_key, owner,
        greatest(run_at, now() + make_interval(secs => coalesce(delay_ms, 0) / 1000)),
        greatest(run_at, now() + make_interval(secs => coalesce(delay_ms / 1000, ${DOORBELL_GRACE_SECONDS})))
      from json_to_recordset(${JSON.stringify([...first.values()])}::json) as input(
        id uuid, prompt text, model text, priority smallint, max_attempts integer, timeout_ms integer,
        system text, tools jsonb, temperature double precision, max_output_tokens integer, response_format json,
        metadata jsonb, idempotency_key text, owner text, run_at timestamptz, delay_ms double precision)
      order by id
      on conflict (id) do nothing
      returning id, run_at
    )
    select now() as created_at, json_object_agg(id, run_at::text) filter (where run_at <> now()) as later,
      case when count(*) < ${first.size} then coalesce(json_agg(id), '[]') end as ids
    from inserted`;
  const createdAt = toTimestamp(inserted.created_at);
  const tasks = new Map<string, Task>();
  for (const id of inserted.ids ?? first.keys()) {
    const later = inserted.later?.[id];
    tasks.set(id, asTask(first.get(id)!, createdAt, later === undefined ? createdAt : toTimestamp(later)));
  }
  return tasks;
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
