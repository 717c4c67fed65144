import { type Database, openDatabase, type ServiceRole } from '@millrace/db';
import type { TestDatabase } from '../test-database.ts';

export interface ServiceLogin extends AsyncDisposable {
  readonly db: Database;
  readonly url: string;
}

/** A login of the test's own, with exactly the rights of its service's role. */
export async function loginAs(database: TestDatabase, role: ServiceRole): Promise<ServiceLogin> {
  const { sql } = database.db;
  const name = `test_${Bun.randomUUIDv7().replaceAll('-', '')}`;
  await sql`create role ${sql(name)} login password 'secret' in role ${sql(role)}`;
  const url = new URL(database.url);
  url.username = name;
  url.password = 'secret';
  const db = openDatabase({ url: url.href, maxConnections: 4, applicationName: 'millrace-test' });
  return {
    db,
    url: url.href,
    async [Symbol.asyncDispose]() {
      await db.close();
      await sql`drop role ${sql(name)}`;
    },
  };
}
