import type postgres from 'postgres';
import { arrayLiteral } from '../batching/array-literal.ts';
import { type Caller, isSeen } from '../caller.ts';
import { DOORBELL_GRACE_SECONDS } from '../claiming/doorbell-grace.ts';
import { andIf } from '../connection/and-if.ts';
import type { Database } from '../connection/database.ts';
import { firstNotShownBefore, firstShownAfter } from '../reading/creation-bounds.ts';
import { isIndexed, statusIs } from '../reading/status-is.ts';
import { isLimited, withinOpenTasksLimit } from '../submission/open-tasks.ts';

/** Which finished tasks to run again; all given conditions must hold. */
export interface ReplayFilter {
  readonly ids?: readonly string[];
  readonly status?: 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly model?: string;
  readonly error_code?: string;
  readonly created_after?: string;
  readonly created_before?: string;
}

export interface ReplayedTask {
  readonly id: string;
  readonly priority: number;
}

/**
 * Makes finished tasks PENDING again, with all attempts available anew. Their previous outcome goes into their history.
 *
 * @param limit of tasks, oldest first; fewer if the caller's limit of open tasks leaves less room
 * @returns null if the caller is at its limit of open tasks
 */
export async function replay(
  db: Database,
  caller: Caller,
  filter: ReplayFilter,
  limit: number,
): Promise<ReplayedTask[] | null> {
  // Searched before the owner's lock is taken: submissions for that owner would otherwise wait, holding a
  // connection each.
  const chosen = isLimited(caller) ? { ...filter, ids: await findIds(db, caller, filter, limit) } : filter;
  return withinOpenTasksLimit(db, caller, async (sql, room) =>
    room === 0 ? null : replayChosen(sql, caller, chosen, Math.min(limit, room)),
  );
}

async function findIds(db: Database, caller: Caller, filter: ReplayFilter, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }[]>`
    select id from tasks where ${isChosen(db.sql, caller, filter)} order by ${oldestFirst(db.sql, filter)} limit ${limit}`;
  return rows.map(({ id }) => id);
}

async function replayChosen(
  sql: postgres.ISql,
  caller: Caller,
  filter: ReplayFilter,
  limit: number,
): Promise<ReplayedTask[]> {
  return sql<ReplayedTask[]>`
    with chosen as (
      select id, status, attempts, executor, attempt_started_at, finished_at, result from tasks
      where ${isChosen(sql, caller, filter)} order by ${oldestFirst(sql, filter)} limit ${limit} for update skip locked
    ), recorded as (
      insert into task_attempts (task_id, attempt, outcome, executor, started_at, ended_at, result)
      select id, attempts, 'COMPLETED', executor, attempt_started_at, finished_at, result
      from chosen where status = 'COMPLETED'
    ), counted as (
      insert into finished_counts (status, count) select status, -count(*) from chosen group by status
    )
    update tasks set
      status = 'PENDING', result = null, error = null, usage = null, started_at = null, finished_at = null,
      uncounted_attempts = tasks.attempts, earlier_attempts = tasks.attempts, lost_attempts = 0,
      run_at = now(), due_at = now() + make_interval(secs => ${DOORBELL_GRACE_SECONDS})
    from chosen where tasks.id = chosen.id
    returning tasks.id, tasks.priority`;
}

function oldestFirst(sql: postgres.ISql, { status }: ReplayFilter) {
  return isIndexed(status) ? sql`status, id` : sql`id`;
}

function isChosen(sql: postgres.ISql, caller: Caller, filter: ReplayFilter) {
  return sql`status in ('COMPLETED', 'FAILED', 'CANCELLED') and ${isSeen({ sql }, caller)}
    ${andIf(sql, filter.ids, (ids) => sql`id = any(${arrayLiteral(ids)}::uuid[])`)}
    ${andIf(sql, filter.status, (status) => sql`${sql.unsafe(statusIs(status))}`)}
    ${andIf(sql, filter.model, (model) => sql`model = ${model}`)}
    ${andIf(sql, filter.error_code, (code) => sql`error ->> 'code' = ${code}`)}
    ${andIf(sql, filter.created_after, (time) => sql`created_at >= ${firstShownAfter(time)}::timestamptz`)}
    ${andIf(sql, filter.created_before, (time) => sql`created_at < ${firstNotShownBefore(time)}::timestamptz`)}`;
}
