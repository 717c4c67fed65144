import type { Database } from './database.ts';
import { onLastChance } from './last-chance.ts';
import { notOfModels } from './skip-models.ts';
import { type DueTasks, dueColumns, takeDue } from './take-due.ts';

export interface ClaimLostInput {
  readonly executor: string;
  readonly lease_ms: number;
  /** At most so many. */
  readonly limit: number;
  /** Tasks of these models are left alone for now. */
  readonly skip_models?: readonly string[];
}

/** Takes tasks whose executor was lost, however many others are due before them: they have waited for a lease already. */
export function claimLost(db: Database, input: ClaimLostInput): Promise<DueTasks> {
  return takeDue(db, input, oldestLost(db, db.sql`not ${onLastChance(db)}`, input));
}

/** Takes one due task that is on its last chance. For an executor that runs no other of the kind. */
export function claimLastChance(db: Database, input: Omit<ClaimLostInput, 'limit'>): Promise<DueTasks> {
  return takeDue(db, input, oldestLost(db, onLastChance(db), { ...input, limit: 1 }));
}

function oldestLost(
  db: Database,
  condition: ReturnType<typeof onLastChance>,
  { limit, skip_models }: Pick<ClaimLostInput, 'limit' | 'skip_models'>,
) {
  return db.sql`wanted as (
    select ${dueColumns(db)} from tasks
    where due_at <= now() and (status = 'RUNNING' or lost_attempts > 0) and ${condition} and ${notOfModels(db, skip_models)}
    order by due_at limit ${limit} for update skip locked
  )`;
}
