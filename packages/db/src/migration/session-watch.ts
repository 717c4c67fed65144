import type postgres from 'postgres';
import { answeredInTime } from '../connection/deadline.ts';
import { NoAnswerError } from '../connection/errors.ts';
import { ANSWER_MS_MAX, withConnection } from '../connection/one-connection.ts';

const PERIOD_MS = 5_000;

/**
 * Awaits work of unlimited duration on a connection. If the connection goes silent, the server eventually
 * ends its session, which is visible from another connection.
 *
 * @throws NoAnswerError if the session has ended unnoticed by the connection
 */
export async function whileSessionLasts(
  url: string,
  sql: postgres.Sql,
  work: () => Promise<void>,
): Promise<void> {
  const asked = sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  const [{ pid }] = await answeredInTime(asked, ANSWER_MS_MAX);
  const begun = performance.now();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = setInterval(async () => {
    // If the server cannot be asked, assume that it lasts.
    const lasts = await hasSession(url, pid).catch(() => true);
    if (!lasts) reject(new NoAnswerError(Math.round(performance.now() - begun)));
  }, PERIOD_MS);
  try {
    await Promise.race([work(), ended]);
  } finally {
    clearInterval(timer);
  }
}

function hasSession(url: string, pid: number): Promise<boolean> {
  return withConnection(url, async (sql) => {
    const asked = sql`select from pg_stat_activity where pid = ${pid}`;
    return (await answeredInTime(asked, ANSWER_MS_MAX)).length > 0;
  });
}
