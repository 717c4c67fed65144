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

/** Inserts the tasks in one statement; those whose id was there already are missing from the answer. */
export async function insertTasks(
  sql: postgres.Sql | postgres.TransactionSql,
  inputs: readonly NewTask[],
): Promise<Map<string, Task>> {
  const first = new Map<string, NewTask>();
  for (const input of inputs) if (!first.has(input.id)) first.set(input.id, input);
  // In the order of ids: two pools that insert the same tasks would otherwise wait for each other.
  const rows = await sql<{ id: string; created_at: string; run_at: string }[]>`
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
    returning id, created_at, run_at`;
  return new Map(rows.map((row) => [row.id, asTask(first.get(row.id)!, row)]));
}

function asTask(input: NewTask, row: { created_at: string; run_at: string }): Task {
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
    run_at: toTimestamp(row.run_at),
    metadata: input.metadata,
    idempotency_key: input.idempotency_key,
    owner: input.owner ?? null,
    created_at: toTimestamp(row.created_at),
    started_at: null,
    finished_at: null,
    usage: null,
  };
}
