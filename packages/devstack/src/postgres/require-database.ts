import { SQL } from 'bun';
import { StackError } from '../stack-error.ts';

/** Throws a StackError when the given database does not answer, naming host and database but not the password. */
export async function requireDatabase(url: string, timeoutSeconds = 5): Promise<void> {
  const sql = new SQL(url, { max: 1, connectionTimeout: timeoutSeconds });
  try {
    await sql`SELECT 1`;
  } catch (cause) {
    const { host, pathname } = new URL(url);
    throw new StackError(
      `The database of DATABASE_URL, ${host}${pathname}, does not answer: ${(cause as Error).message}.`,
      'Start it or correct DATABASE_URL; without DATABASE_URL the embedded Postgres is used.',
      { cause },
    );
  } finally {
    await sql.close({ timeout: 0 });
  }
}
