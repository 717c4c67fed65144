import type { Database } from '../connection/database.ts';
import type { ClaimDueInput } from './claim-due.ts';
import { DueHorizon } from './due-horizon.ts';
import { onLastChance } from './last-chance.ts';
import { LOST_QUEUE, QUEUE_OF_TASK } from './queue-of.ts';
import { notOfModels } from './skip-models.ts';
import { type DueTasks, dueColumns, takeDue } from './take-due.ts';

type ClaimLostInput = Omit<ClaimDueInput, 'lanes' | 'overdue_ms'>;

/** Claims tasks whose executor was lost, ahead of any others: they have already waited for a lease to expire. */
export async function claimLost(db: Database, input: ClaimLostInput): Promise<DueTasks> {
  const { horizon = new DueHorizon(), limit } = input;
  const look = horizon.begin(input.skip_models, { maySweep: false });
  const wanted = oldestLost(db, db.sql`not ${onLastChance(db)}`, input, look.floors[LOST_QUEUE]!);
  const { due, found } = await takeDue(db, input, wanted);
  horizon.end(look, found, { limit, order: [LOST_QUEUE], overdueSeconds: 0 });
  return due;
}

/** Claims one due task on its last chance, for an executor that is running no other such task. */
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
