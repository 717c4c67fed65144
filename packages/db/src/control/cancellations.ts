import type postgres from 'postgres';
import type { Attempt } from '../attempts/fence.ts';
import type { Database } from '../connection/database.ts';

export const CANCELLED_CHANNEL = 'millrace_task_cancelled';
const CHECK_MS = 10_000;

/**
 * Tells of every running attempt that is cancelled, whoever does it, moments after its commit. A hint: every login can notify of what is
 * not so, and a notification can be lost with the connection; the heartbeat brings the same news later. Listens again by itself after an
 * outage, once it can where the first try was rejected, and on another connection half a minute after one has gone silent.
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
  // A connection that only listens never misses an answer: it is asked for one. The driver keeps its pool of that one connection there.
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
