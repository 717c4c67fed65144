import type { Attempt } from '../attempts/fence.ts';
import type { Database } from '../connection/database.ts';

export const CANCELLED_CHANNEL = 'millrace_task_cancelled';

/**
 * Tells of every running attempt that is cancelled, whoever does it, moments after its commit. A hint: every login can notify of what is
 * not so, and a notification can be lost with the connection; the heartbeat brings the same news later. Listens again by itself after an
 * outage, and once it can where the first try was rejected.
 *
 * @returns stops listening
 */
export async function listenForCancellations(
  db: Database,
  onCancelled: (attempt: Attempt) => void,
): Promise<() => Promise<void>> {
  const { unlisten } = await db.sql.listen(CANCELLED_CHANNEL, (payload) => {
    const attempt = readAttempt(payload);
    if (attempt) onCancelled(attempt);
  });
  return unlisten;
}

function readAttempt(payload: string): Attempt | undefined {
  try {
    const { task_id, attempt } = JSON.parse(payload);
    return typeof task_id === 'string' && Number.isInteger(attempt) ? { task_id, attempt } : undefined;
  } catch {
    return undefined;
  }
}
