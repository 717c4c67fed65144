import type postgres from 'postgres';
import { answeredInTime } from './deadline.ts';
import { NoAnswerError } from './errors.ts';
import { ANSWER_MS_MAX, withConnection } from './one-connection.ts';

const PERIOD_MS = 5_000;

/**
 * Waits for work on a connection that may take as long as it likes. A connection that has gone silent would be waited for in vain; but then
 * the server ends its session, which others can see.
 *
 * @throws NoAnswerError if the session has ended and the connection does not say so
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
    // Where nobody can be asked, nothing is known.
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
