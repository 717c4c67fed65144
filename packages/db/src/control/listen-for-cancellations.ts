import type postgres from 'postgres';
import type { Attempt } from '../attempts/fence.ts';
import type { Database } from '../connection/database.ts';

export const CANCELLED_CHANNEL = 'millrace_task_cancelled';
const CHECK_MS = 10_000;

/**
 * Reports every cancellation of a running attempt, moments after its commit. Only a hint: any login can send
 * a false notification, and one can be lost with the connection; the heartbeat brings the same news later.
 * Listens again by itself after an outage, even if the first try was rejected, and on another connection half
 * a minute after one has gone silent.
 *
 * @returns stops listening
 */
export async function listenForCancellations(
  { sql }: Database,
  onCancelled: (attempt: Attempt) => void,
): Promise<() => Promise<void>> {
  const listening = sql.listen(CANCELLED_CHANNEL, (payload) => {
    const attempt = readAttempt(payload);
    if (attempt) onCancelled(attempt);
  });
  // A connection that only listens never notices silence, so it is queried. The driver exposes its pool of
  // one connection here.
  const { sql: connection } = sql.listen as typeof sql.listen & { readonly sql: postgres.Sql };
  const check = setInterval(() => connection`select 1`.catch(() => {}), CHECK_MS).unref();
  const { unlisten } = await listening;
  return async () => {
    clearInterval(check);
    await unlisten();
  };
}

function readAttempt(payload: string): Attempt | undefined {
  try {
    const { task_id, attempt } = JSON.parse(payload);
    return typeof task_id === 'string' && Number.isInteger(attempt) ? { task_id, attempt } : undefined;
  } catch {
    return undefined;
  }
}
