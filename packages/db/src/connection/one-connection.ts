import postgres from 'postgres';
import { readTls } from './tls.ts';

/** For small statements on such a connection; a migration may take any time. */
export const ANSWER_MS_MAX = 10_000;

/** Longer than any legitimate idle time: the server ends the session of a client that is gone, which frees its locks. */
export const IDLE_TIMEOUT_MS = 30_000;

/** Everything else that needs a table waits behind a migration that waits for it: not for as long as a backup takes. */
const LOCK_WAIT_MS = 2_000;

/** Runs `use` with a dedicated connection, closed afterwards. If it is lost, all further queries reject. */
export async function withConnection<Result>(
  url: string,
  use: (sql: postgres.Sql) => Promise<Result>,
): Promise<Result> {
  const { address, ssl } = readTls(url);
  const sql = postgres(address, {
    ssl,
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
    // A replacement connection would not hold its locks.
    onclose: () => void sql.end({ timeout: 0 }),
    connection: {
      application_name: 'millrace-migrate',
      idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
      lock_timeout: LOCK_WAIT_MS,
    },
  });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
