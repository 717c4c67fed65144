import type { Database } from '../connection/database.ts';
import type { Attempt } from './fence.ts';

export interface ModelCallInput extends Attempt {
  /** A UUID chosen by the caller, for `endModelCall`. */
  readonly id: string;
  readonly model: string;
  /** Concurrent calls of the model across all executors; null for no limit. */
  readonly concurrency: number | null;
  /** Calls of the model started within any minute, across all executors; null for no limit. */
  readonly requests_per_minute: number | null;
}

/**
 * Acquires a permit for a model call. False if the model's limits leave none at the moment. An attempt makes
 * one call at a time, so a permit of its own whose reply was lost is not counted against it.
 */
export async function startModelCall(db: Database, input: ModelCallInput): Promise<boolean> {
  const { id, model, task_id, attempt, concurrency, requests_per_minute } = input;
  const held = isHeld(db);
  const started = await db.transaction(async (sql) => {
    // Serialised per model, so that two callers cannot both take the last permit.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`model_calls/${model}`}, 0))`;
    // In times of this statement, sent once the lock is held: the transaction began before it. Unlike the clock's, they are the
    // same for all rows, so an index finds them.
    return sql`
      with over as (
        delete from model_calls where model = ${model} and started_at < statement_timestamp() - interval '1 minute'
          and (ended_at is not null or not ${held})
      )
      insert into model_calls (id, model, task_id, attempt, started_at)
      select ${id}, ${model}, ${task_id}, ${attempt}, statement_timestamp()
      where (${concurrency}::integer is null or ${concurrency}::integer > (
          select count(*) from model_calls where model = ${model} and ended_at is null and ${held}
            and (model_calls.task_id, model_calls.attempt) <> (${task_id}::uuid, ${attempt}::integer)))
        and (${requests_per_minute}::integer is null or ${requests_per_minute}::integer > (
          select count(*) from model_calls
          where model = ${model} and started_at > statement_timestamp() - interval '1 minute'))
      returning id`;
  });
  return started.length > 0;
}

/** Returns the permit. One that is never returned lapses when its attempt loses its lease. */
export async function endModelCall(db: Database, id: string): Promise<void> {
  await db.query`update model_calls set ended_at = now() where id = ${id}`;
}

/**
 * The conditions are what is selected, so that the task can only be found by its id: the planner, which expects hardly any task to be
 * running, would search all unfinished ones for each call.
 */
function isHeld({ sql }: Database) {
  return sql`(
    select tasks.status = 'RUNNING' and tasks.attempts = model_calls.attempt and tasks.due_at > statement_timestamp()
    from tasks where tasks.id = model_calls.task_id) is true`;
}
