import type { Database } from './database.ts';
import type { Attempt } from './fence.ts';

export const CANCELLED_CHANNEL = 'millrace_task_cancelled';

/**
 * Tells of every running attempt that is cancelled, whoever does it, moments after its commit. A notification can be lost with the
 * connection: the heartbeat brings the same news later. Listens again by itself after an outage.
 *
 * @returns stops listening
 */
export async function listenForCancellations(
  db: Database,
  onCancelled: (attempt: Attempt) => void,
): Promise<() => Promise<void>> {
  const { unlisten } = await db.sql.listen(CANCELLED_CHANNEL, (payload) => onCancelled(JSON.parse(payload)));
  return unlisten;
}
