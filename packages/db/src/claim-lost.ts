import type { Database } from './database.ts';
import { onLastChance } from './last-chance.ts';
import { type DueTasks, dueColumns, takeDue } from './take-due.ts';

export interface ClaimLostInput {
  readonly executor: string;
  readonly lease_ms: number;
  /** At most so many. */
  readonly limit: number;
}

/** Takes tasks whose executor was lost, however many others are due before them: they have waited for a lease already. */
export function claimLost(db: Database, input: ClaimLostInput): Promise<DueTasks> {
  return takeDue(db, input, oldestLost(db, db.sql`not ${onLastChance(db)}`, input.limit));
}

/** Takes one due task that is on its last chance. For an executor that runs no other of the kind. */
export function claimLastChance(db: Database, input: Omit<ClaimLostInput, 'limit'>): Promise<DueTasks> {
  return takeDue(db, input, oldestLost(db, onLastChance(db), 1));
}

function oldestLost(db: Database, condition: ReturnType<typeof onLastChance>, limit: number) {
  return db.sql`wanted as (
    select ${dueColumns(db)} from tasks
    where due_at <= now() and (status = 'RUNNING' or lost_attempts > 0) and ${condition}
    order by due_at limit ${limit} for update skip locked
  )`;
}
