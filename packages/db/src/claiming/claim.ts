import { arrayLiteral } from '../batching/array-literal.ts';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Database } from '../connection/database.ts';
import { type ClaimedRow, type ClaimedTask, claimedRow, toClaimedTask } from './claimed-task.ts';
import { onLastChance } from './lost-tasks.ts';
import { notOfModels } from './skip-models.ts';

export interface ClaimInput {
  readonly task_id: string;
  readonly executor: string;
  readonly lease_ms: number;
  /** Skips tasks of these models. */
  readonly skip_models?: readonly string[];
}

/**
 * The fast path: claims a PENDING task whose message has arrived. Null if it is unavailable: finished, running,
 * before its `run_at`, of a skipped model, or unknown. The rescue path alone takes what was lost with its executor,
 * and a task on its last chance.
 */
export const claim = batchedVerb<ClaimInput, ClaimedTask | null>('claim', claimTogether, { areAlike });

/** Whether they differ only in the task: the case unless a model became crowded in between. */
function areAlike(a: ClaimInput, b: ClaimInput): boolean {
  const models = a.skip_models ?? [];
  const others = b.skip_models ?? [];
  return (
    a.executor === b.executor &&
    a.lease_ms === b.lease_ms &&
    models.length === others.length &&
    models.every((model, index) => model === others[index])
  );
}

async function claimTogether(
  db: Database,
  inputs: readonly ClaimInput[],
): Promise<readonly (ClaimedTask | null)[]> {
  const { executor, lease_ms, skip_models } = inputs[0]!;
  const ids = arrayLiteral(inputs.map(({ task_id }) => task_id));
  // One row for all: the driver takes longer to read a row than Postgres to write it.
  const [answer] = await db.sql<[{ tasks: ClaimedRow[] | null }]>`
    with wanted as (
      select id, status, due_at from tasks
      where id = any(${ids}::uuid[])
        and status = 'PENDING' and run_at <= now() and not ${onLastChance(db)} and ${notOfModels(db, skip_models)}
      for update skip locked
    ), claimed as (
      update tasks set
        status = 'RUNNING',
        attempts = tasks.attempts + 1,
        executor = ${executor},
        due_at = now() + make_interval(secs => ${lease_ms / 1000}),
        started_at = coalesce(tasks.started_at, now()),
        attempt_started_at = now()
      from wanted where tasks.id = wanted.id
      returning ${claimedRow(db)} as task
    )
    select json_agg(task) as tasks from claimed`;
  const claimed = new Map<string, ClaimedTask>();
  for (const row of answer.tasks ?? []) {
    const task = toClaimedTask(row);
    claimed.set(task.id, task);
  }
  return inputs.map(({ task_id }) => {
    const task = claimed.get(task_id) ?? null;
    // Two messages for one task may share a batch: the first wins.
    claimed.delete(task_id);
    return task;
  });
}
