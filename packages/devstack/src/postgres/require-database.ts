import { openDatabase, ping } from '@millrace/db';
import { StackError } from '../stack-error.ts';
import { hostsAndDatabase } from './shown-address.ts';

/** Throws a StackError if the given database does not answer, naming host and database but not the password. */
export async function requireDatabase(url: string): Promise<void> {
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-up' });
  try {
    await ping(db);
  } catch (cause) {
    throw new StackError(
      `The database of DATABASE_URL, ${hostsAndDatabase(url)}, does not answer: ${(cause as Error).message}.`,
      'Start it or correct DATABASE_URL; without DATABASE_URL the embedded Postgres is used.',
      { cause },
    );
  } finally {
    await db.close();
  }
}
