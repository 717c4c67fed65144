import postgres from 'postgres';
import { readTls } from './tls.ts';

/** For small statements on such a connection; a migration takes as long as it likes. */
export const ANSWER_MS_MAX = 10_000;

/** Nothing is left idle for so long. The server ends it, and frees its locks, if whoever used it cannot be reached any more. */
export const IDLE_TIMEOUT_MS = 30_000;

/** Runs `use` with a connection of its own, which is closed afterwards. Once it is lost all that follows is rejected. */
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
    // Another in its place would not have its locks.
    onclose: () => void sql.end({ timeout: 0 }),
    connection: {
      application_name: 'millrace-migrate',
      idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
    },
  });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
