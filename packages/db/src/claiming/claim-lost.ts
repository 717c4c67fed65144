import type { Database } from '../connection/database.ts';
import { DueHorizon } from './due-horizon.ts';
import { onLastChance } from './last-chance.ts';
import { LOST_QUEUE, QUEUE_OF_TASK } from './queue-of.ts';
import { notOfModels } from './skip-models.ts';
import { type DueTasks, dueColumns, takeDue } from './take-due.ts';

export interface ClaimLostInput {
  readonly executor: string;
  readonly lease_ms: number;
  /** At most so many. */
  readonly limit: number;
  /** Tasks of these models are left alone for now. */
  readonly skip_models?: readonly string[];
  /** What the caller knows of earlier looks; all is looked at unless given. */
  readonly horizon?: DueHorizon;
}

/** Takes tasks whose executor was lost, however many others are due before them: they have waited for a lease already. */
export async function claimLost(db: Database, input: ClaimLostInput): Promise<DueTasks> {
  const { horizon = new DueHorizon(), limit } = input;
  const look = horizon.begin(input.skip_models, { maySweep: false });
  const wanted = oldestLost(db, db.sql`not ${onLastChance(db)}`, input, look.floors[LOST_QUEUE]!);
  const { due, found } = await takeDue(db, input, wanted);
  horizon.end(look, found, { limit, order: [LOST_QUEUE], overdueSeconds: 0 });
  return due;
}

/** Takes one due task that is on its last chance. For an executor that runs no other of the kind. */
export async function claimLastChance(
  db: Database,
  input: Omit<ClaimLostInput, 'limit' | 'horizon'>,
): Promise<DueTasks> {
  const wanted = oldestLost(db, onLastChance(db), { ...input, limit: 1 }, Number.NEGATIVE_INFINITY);
  return (await takeDue(db, input, wanted)).due;
}

function oldestLost(
  db: Database,
  condition: ReturnType<typeof onLastChance>,
  { limit, skip_models }: Pick<ClaimLostInput, 'limit' | 'skip_models'>,
  floor: number,
) {
  return db.sql`wanted as (
    select ${dueColumns(db, LOST_QUEUE)} from tasks
    where ${db.sql.unsafe(QUEUE_OF_TASK)} = ${LOST_QUEUE} and due_at >= to_timestamp(${floor}) and due_at <= now()
      and ${condition} and ${notOfModels(db, skip_models)}
    order by due_at limit ${limit} for update skip locked
  )`;
}
