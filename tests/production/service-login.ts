import { type Database, SERVICE_ROLES, type ServiceRole } from '@millrace/db';
import { createLogin } from '../own-login.ts';
import { shared } from '../shared.ts';
import { openPool, type TestDatabase } from '../test-database.ts';

export interface ServiceLogin extends AsyncDisposable {
  readonly db: Database;
  readonly url: string;
}

/** A login of the test's own, with exactly the rights of its service's role. */
export async function loginAs(database: TestDatabase, role: ServiceRole): Promise<ServiceLogin> {
  const login = await createLogin(database.db, database.url, { attributes: `in role ${role}` });
  const db = openPool(login.url, 4);
  return {
    db,
    url: login.url,
    async [Symbol.asyncDispose]() {
      await db.close();
      await login[Symbol.asyncDispose]();
    },
  };
}

/** A login of each service, shared by the tests of the calling file. */
export function shareLogins(database: TestDatabase): Record<ServiceRole, ServiceLogin> {
  const logins = SERVICE_ROLES.map((role) => [role, shared(() => loginAs(database, role))]);
  return Object.fromEntries(logins);
}
