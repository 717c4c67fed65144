import type { Database } from '../connection/database.ts';
import type { Attempt } from './fence.ts';

/**
 * The outcome that an attempt's executor wrote, whatever happened to the task later; null if it wrote none.
 * For a write that was committed but whose reply was lost: anyone else ends this attempt only as LOST or
 * CANCELLED.
 */
export async function findOutcome(
  { query }: Database,
  { task_id, attempt }: Attempt,
): Promise<'COMPLETED' | 'FAILED' | 'PENDING' | null> {
  const [row] = await query<{ status: 'COMPLETED' | 'FAILED' | 'PENDING' | null }[]>`
    select case
        when past.outcome in ('FAILED', 'RELEASED') and (tasks.attempts > past.attempt or tasks.status <> 'FAILED') then 'PENDING'
        when past.outcome in ('COMPLETED', 'FAILED') then past.outcome::text
        when past.outcome is null and tasks.attempts = ${attempt} and tasks.status = 'COMPLETED' then 'COMPLETED'
      end as status
    from tasks left join task_attempts as past on past.task_id = tasks.id and past.attempt = ${attempt}
    where tasks.id = ${task_id}`;
  return row?.status ?? null;
}
