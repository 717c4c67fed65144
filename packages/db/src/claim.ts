import { batchedVerb } from './batched-verb.ts';
import { type ClaimedTask, claimedColumns } from './claimed-task.ts';
import { EXECUTOR_LOST } from './executor-lost.ts';
import { onLastChance } from './last-chance.ts';

export interface ClaimInput {
  readonly task_id: string;
  readonly executor: string;
  readonly lease_ms: number;
  /** Tasks of these models are left alone for now. */
  readonly skip_models?: readonly string[];
}

/**
 * The fast path: takes a task whose message has arrived. Null if it is not to be had: finished, held under a living
 * lease, not due before its `run_at`, on its last chance (that is for the rescue path), or unknown.
 */
export const claim = batchedVerb<ClaimInput, ClaimedTask | null>('claim', async (db, inputs) => {
  // Two messages for one task may share a batch: the first gets it.
  const first = new Map<string, ClaimInput>();
  for (const input of inputs) if (!first.has(input.task_id)) first.set(input.task_id, input);
  const claimed = await db.sql<ClaimedTask[]>`
    with wanted as (
      select tasks.id, tasks.status, tasks.due_at, tasks.attempts, tasks.attempt_started_at, tasks.executor as former_executor,
        input.executor, input.lease_ms
      from json_to_recordset(${JSON.stringify([...first.values()])}::json)
        as input(task_id uuid, executor text, lease_ms integer, skip_models jsonb)
      join tasks on tasks.id = input.task_id
      where tasks.attempts - tasks.uncounted_attempts < tasks.max_attempts and not ${onLastChance(db)}
        and (input.skip_models is null or not input.skip_models ? tasks.model)
        and (tasks.status = 'PENDING' and tasks.run_at <= now() or tasks.status = 'RUNNING' and tasks.due_at <= now())
      for update of tasks skip locked
    ), lost as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at, error)
      select id, attempts, 'LOST', former_executor, attempt_started_at, now(), ${JSON.stringify(EXECUTOR_LOST)}::jsonb
      from wanted where status = 'RUNNING'
    )
    update tasks set
      status = 'RUNNING',
      attempts = tasks.attempts + 1,
      lost_attempts = tasks.lost_attempts + (wanted.status = 'RUNNING')::integer,
      executor = wanted.executor,
      due_at = now() + make_interval(secs => wanted.lease_ms / 1000.0),
      started_at = coalesce(tasks.started_at, now()),
      attempt_started_at = now()
    from wanted where tasks.id = wanted.id
    returning ${claimedColumns(db)}`;
  const byId = new Map(claimed.map((task) => [task.id, task]));
  return inputs.map((input) =>
    first.get(input.task_id) === input ? (byId.get(input.task_id) ?? null) : null,
  );
});
