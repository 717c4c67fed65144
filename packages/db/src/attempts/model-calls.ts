import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import type { Attempt } from './fence.ts';

export interface ModelCallInput extends Attempt {
  /** A UUID of the caller's, by which the call is ended. */
  readonly id: string;
  readonly model: string;
  /** Calls of the model under way at once, over all executors; null for no limit. */
  readonly concurrency: number | null;
  /** Calls of the model begun within any minute, over all executors; null for no limit. */
  readonly requests_per_minute: number | null;
}

/**
 * Takes a place among a model's calls. False if its limits leave none at the moment. An attempt makes one call after another: what it may
 * have taken before, without hearing of it, does not stand in its way.
 */
export async function startModelCall(db: Database, input: ModelCallInput): Promise<boolean> {
  const { id, model, task_id, attempt, concurrency, requests_per_minute } = input;
  const held = isHeld(db);
  const started = db.sql.begin(async (sql) => {
    // One at a time for each model, so that two who count cannot both take the last place.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`model_calls/${model}`}, 0))`;
    await sql`
      delete from model_calls where model = ${model} and started_at < clock_timestamp() - interval '1 minute'
        and (ended_at is not null or not ${held})`;
    return sql`
      insert into model_calls (id, model, task_id, attempt, started_at)
      select ${id}, ${model}, ${task_id}, ${attempt}, clock_timestamp()
      where (${concurrency}::integer is null or ${concurrency}::integer > (
          select count(*) from model_calls where model = ${model} and ended_at is null and ${held}
            and (model_calls.task_id, model_calls.attempt) <> (${task_id}::uuid, ${attempt}::integer)))
        and (${requests_per_minute}::integer is null or ${requests_per_minute}::integer > (
          select count(*) from model_calls
          where model = ${model} and started_at > clock_timestamp() - interval '1 minute'))
      returning id`;
  });
  return (await answeredInTime(started)).length > 0;
}

/** Gives the place back. One that is not given back is free once its attempt has lost its lease. */
export async function endModelCall(db: Database, id: string): Promise<void> {
  await answeredInTime(db.sql`update model_calls set ended_at = clock_timestamp() where id = ${id}`);
}

function isHeld({ sql }: Database) {
  return sql`exists (
    select from tasks where tasks.id = model_calls.task_id and tasks.status = 'RUNNING'
      and tasks.attempts = model_calls.attempt and tasks.due_at > clock_timestamp())`;
}
