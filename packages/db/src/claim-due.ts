import { LANES, type Lane } from '@millrace/contracts';
import type { Database } from './database.ts';
import { onLastChance } from './last-chance.ts';
import { notOfModels } from './skip-models.ts';
import { type DueTasks, dueColumns, takeDue } from './take-due.ts';

export interface ClaimDueInput {
  readonly executor: string;
  readonly lease_ms: number;
  /** At most so many. */
  readonly limit: number;
  /** In which order to look; a later lane only gets what the earlier ones leave of the limit. */
  readonly lanes: readonly [Lane, Lane, Lane];
  /** Tasks of these models are left alone for now. */
  readonly skip_models?: readonly string[];
  /** Takes only what has been due for so long; 0 unless given. */
  readonly overdue_ms?: number;
}

/** The rescue path: takes whatever is due and was not picked up, whatever the reason, but for tasks on their last chance. */
export function claimDue(db: Database, input: ClaimDueInput): Promise<DueTasks> {
  const { sql } = db;
  const { limit, overdue_ms = 0 } = input;
  const [first, second, third] = input.lanes.map((lane) => LANES.indexOf(lane)) as [number, number, number];
  const dueIn = (lane: number) =>
    sql`select ${dueColumns(db)} from tasks where lane = ${lane} and due_at <= now() - make_interval(secs => ${overdue_ms / 1000}) and not ${onLastChance(db)} and ${notOfModels(db, input.skip_models)}
      order by due_at`;
  return takeDue(
    db,
    input,
    sql`first as (
      ${dueIn(first)} limit ${limit} for update skip locked
    ), second as (
      ${dueIn(second)} limit ${limit} - (select count(*) from first) for update skip locked
    ), third as (
      ${dueIn(third)} limit ${limit} - (select count(*) from first) - (select count(*) from second)
      for update skip locked
    ), wanted as (
      select * from first union all select * from second union all select * from third
    )`,
  );
}
