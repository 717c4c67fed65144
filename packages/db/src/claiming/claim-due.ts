import { LANES, type Lane } from '@millrace/contracts';
import type { Database } from '../connection/database.ts';
import { DueHorizon, LAST_CHANCE } from './due-horizon.ts';
import { notRunningHere, onLastChance } from './lost-tasks.ts';
import { DUE_FIRST, LOST_QUEUE, QUEUE_OF_TASK } from './queue-of.ts';
import { notOfModels } from './skip-models.ts';
import { type DueTasks, dueColumns, takeDue } from './take-due.ts';

export interface ClaimDueInput {
  readonly executor: string;
  readonly lease_ms: number;
  readonly limit: number;
  /** In order of precedence; each lane gets what the earlier ones leave of the limit. */
  readonly lanes: readonly [Lane, Lane, Lane];
  /** Skips tasks of these models. */
  readonly skip_models?: readonly string[];
  /** Ids of tasks that the caller runs: never taken for lost. */
  readonly running?: readonly string[];
  /** Takes only tasks overdue by at least this much, default 0; tasks lost with their executor are taken at once. */
  readonly overdue_ms?: number;
  /** What the caller knows from earlier looks; without it, everything is searched. */
  readonly horizon?: DueHorizon;
}

/**
 * The rescue path: claims whatever is due and was not picked up, for whatever reason, except tasks on their
 * last chance. Tasks lost with their executor come first: they have already waited for a lease to expire.
 */
export async function claimDue(db: Database, input: ClaimDueInput): Promise<DueTasks> {
  const { sql } = db;
  const { limit, overdue_ms = 0, skip_models, running, horizon = new DueHorizon() } = input;
  const look = horizon.begin(skip_models);
  const lanes = input.lanes.map((lane) => LANES.indexOf(lane));
  const order = [LOST_QUEUE, ...lanes];
  const searched = order.map((queue) => {
    const overdueMs = queue === LOST_QUEUE ? 0 : overdue_ms;
    return sql`(${queue}::integer, to_timestamp(${look.floors[queue]!}), now() - make_interval(secs => ${overdueMs / 1000}))`;
  });
  const { due, found } = await takeDue(
    db,
    input,
    // Queue by queue, and no further than the limit: rows beyond it are not even locked.
    sql`wanted as (
      select due.* from (values ${searched[0]!}, ${searched[1]!}, ${searched[2]!}, ${searched[3]!}) as searched(queue, floor, ceiling)
      cross join lateral (
        select ${dueColumns(db, sql`searched.queue`)} from tasks
        where ${sql.unsafe(QUEUE_OF_TASK)} = searched.queue and due_at >= searched.floor and due_at <= searched.ceiling
          and not ${onLastChance(db)} and ${notOfModels(db, skip_models)} and ${notRunningHere(db, running)}
        order by ${sql.unsafe(DUE_FIRST)} limit ${limit} for update skip locked
      ) as due
      limit ${limit}
    )`,
    sql`(
      select extract(epoch from due_at)::float8 from tasks where ${sql.unsafe(QUEUE_OF_TASK)} = ${LOST_QUEUE} and due_at >= to_timestamp(${look.floors[LAST_CHANCE]!})
        and due_at <= now() and ${onLastChance(db)} and ${notOfModels(db, skip_models)} and ${notRunningHere(db, running)}
      order by ${sql.unsafe(DUE_FIRST)} limit 1)`,
  );
  horizon.end(look, found, { limit, order, overdueSeconds: overdue_ms / 1000 });
  return due;
}
