import { LANES, type Lane } from '@millrace/contracts';
import type { Database } from '../connection/database.ts';
import { DueHorizon, LAST_CHANCE } from './due-horizon.ts';
import { notRunningHere, onLastChance } from './lost-tasks.ts';
import { LOST_QUEUE, QUEUE_OF_TASK } from './queue-of.ts';
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
  const dueIn = (
    queue: number,
    overdueMs: number,
    condition = sql`true`,
  ) => sql`select ${dueColumns(db, queue)} from tasks
      where ${sql.unsafe(QUEUE_OF_TASK)} = ${queue} and due_at >= to_timestamp(${look.floors[queue]!})
        and due_at <= now() - make_interval(secs => ${overdueMs / 1000})
        and not ${onLastChance(db)} and ${notOfModels(db, skip_models)} and ${condition}
      order by due_at`;
  const [first, second, third] = input.lanes.map((lane) => LANES.indexOf(lane)) as [number, number, number];
  const { due, found } = await takeDue(
    db,
    input,
    sql`stranded as (
      ${dueIn(LOST_QUEUE, 0, notRunningHere(db, running))} limit ${limit} for update skip locked
    ), first as (
      ${dueIn(first, overdue_ms)} limit ${limit} - (select count(*) from stranded) for update skip locked
    ), second as (
      ${dueIn(second, overdue_ms)} limit ${limit} - (select count(*) from stranded) - (select count(*) from first)
      for update skip locked
    ), third as (
      ${dueIn(third, overdue_ms)} limit ${limit} - (select count(*) from stranded) - (select count(*) from first)
        - (select count(*) from second)
      for update skip locked
    ), wanted as (
      select * from stranded union all select * from first union all select * from second union all select * from third
    )`,
    sql`(
      select extract(epoch from due_at)::float8 from tasks where ${sql.unsafe(QUEUE_OF_TASK)} = ${LOST_QUEUE} and due_at >= to_timestamp(${look.floors[LAST_CHANCE]!})
        and due_at <= now() and ${onLastChance(db)} and ${notOfModels(db, skip_models)} and ${notRunningHere(db, running)}
      order by due_at limit 1)`,
  );
  const order = [LOST_QUEUE, first, second, third];
  horizon.end(look, found, { limit, order, overdueSeconds: overdue_ms / 1000 });
  return due;
}
