import type postgres from 'postgres';
import { usageOfRun } from '../attempts/usage-of-run.ts';
import type { Database } from '../connection/database.ts';
import { observed } from '../connection/observer.ts';
import { type ClaimedRow, type ClaimedTask, claimedRow, toClaimedTask } from './claimed-task.ts';
import type { Found } from './due-horizon.ts';
import { EXECUTOR_LOST, recordLost } from './lost-tasks.ts';

export interface DueTasks {
  readonly claimed: ClaimedTask[];
  /** Just FAILED: their last permitted attempt was lost with its executor. */
  readonly exhausted: { readonly id: string; readonly model: string; readonly attempts: number }[];
}

/** Without names, like the row in it. */
type TakenRow = [queue: number, dueAt: number, exhausted: boolean, task: ClaimedRow];

type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** The columns that `takeDue` needs, read under the row's lock so that it decides on current values. */
export function dueColumns({ sql }: Database, queue: Fragment): Fragment {
  return sql`id, status, due_at, attempts, executor, attempt_started_at, ${queue} as queue,
    attempts - uncounted_attempts >= max_attempts as exhausted`;
}

/**
 * Claims due rows for an executor, or fails those whose last permitted attempt was lost.
 *
 * @param wanted common table expressions, the last named `wanted`, of locked rows with `dueColumns`
 * @param lastChance evaluated along with it: when the first task on its last chance became due; not searched by default
 */
export async function takeDue(
  db: Database,
  { executor, lease_ms }: { executor: string; lease_ms: number },
  wanted: Fragment,
  lastChance: Fragment = db.sql`null::float8`,
): Promise<{ due: DueTasks; found: Found }> {
  const lost = JSON.stringify(EXECUTOR_LOST);
  const taken = db.query<[Pick<Found, 'now' | 'last_chance'> & { taken: TakenRow[] | null }]>`
    with ${wanted}, ${recordLost(db)}, counted as (
      insert into finished_counts (status, count)
      select 'FAILED', count(*) from wanted where exhausted having count(*) > 0
    ), taken as (
      update tasks set
        status = case when exhausted then 'FAILED' else 'RUNNING' end::task_status,
        attempts = tasks.attempts + (not exhausted)::integer,
        lost_attempts = lost_attempts + (wanted.status = 'RUNNING')::integer,
        executor = case when exhausted then tasks.executor else ${executor} end,
        due_at = case when not exhausted then now() + make_interval(secs => ${lease_ms / 1000}) end,
        started_at = coalesce(started_at, now()),
        attempt_started_at = case when exhausted then tasks.attempt_started_at else now() end,
        finished_at = case when exhausted then now() end,
        error = case when exhausted then ${lost}::jsonb else error end,
        usage = case when exhausted then ${usageOfRun(db)} else usage end
      from wanted where tasks.id = wanted.id
      returning queue, wanted.due_at, exhausted, ${claimedRow(db)} as task
    )
    select extract(epoch from now())::float8 as now, ${lastChance} as last_chance,
      (select json_agg(json_build_array(queue, extract(epoch from due_at), exhausted, task)) from taken) as taken`;
  const [answer] = await observed(db, 'claim_due', taken);
  const due: DueTasks = { claimed: [], exhausted: [] };
  const queues: Record<number, [count: number, lastDueAt: number]> = {};
  for (const [queue, dueAt, exhausted, task] of answer.taken ?? []) {
    due[exhausted ? 'exhausted' : 'claimed'].push(toClaimedTask(task));
    const [count, lastDueAt] = queues[queue] ?? [0, dueAt];
    queues[queue] = [count + 1, Math.max(lastDueAt, dueAt)];
  }
  return { due, found: { now: answer.now, last_chance: answer.last_chance, queues } };
}
