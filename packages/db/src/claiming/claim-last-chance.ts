import type { Database } from '../connection/database.ts';
import type { ClaimDueInput } from './claim-due.ts';
import { notRunningHere, onLastChance } from './lost-tasks.ts';
import { DUE_FIRST, LOST_QUEUE, QUEUE_OF_TASK } from './queue-of.ts';
import { notOfModels } from './skip-models.ts';
import { type DueTasks, dueColumns, takeDue } from './take-due.ts';

/** Claims one due task on its last chance, for an executor that is running no other such task. */
export async function claimLastChance(
  db: Database,
  input: Pick<ClaimDueInput, 'executor' | 'lease_ms' | 'skip_models' | 'running'>,
): Promise<DueTasks> {
  const { due } = await takeDue(
    db,
    input,
    db.sql`wanted as (
      select ${dueColumns(db, db.sql`${LOST_QUEUE}::integer`)} from tasks
      where ${db.sql.unsafe(QUEUE_OF_TASK)} = ${LOST_QUEUE} and due_at <= now()
        and ${onLastChance(db)} and ${notOfModels(db, input.skip_models)} and ${notRunningHere(db, input.running)}
      order by ${db.sql.unsafe(DUE_FIRST)} limit 1 for update skip locked
    )`,
  );
  return due;
}
