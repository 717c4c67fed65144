import postgres from 'postgres';
import { readTls } from './tls.ts';

/** Runs `use` with a connection of its own, which is closed afterwards. */
export async function withConnection<Result>(
  url: string,
  use: (sql: postgres.Sql) => Promise<Result>,
): Promise<Result> {
  const { address, ssl } = readTls(url);
  const sql = postgres(address, { ssl, max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => {} });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
