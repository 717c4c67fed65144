import { type Database, openDatabase } from '@millrace/db';

/** How an operator can lock a login out of its database. */
export type ShutOut = 'password' | 'nologin' | 'no connections' | 'renamed';

/** A separate login to a database, which can be locked out while in use. */
export class TestLogin implements AsyncDisposable {
  /** What `refuse` does. */
  way: ShutOut = 'password';
  readonly url: string;
  readonly role: string;
  readonly #admin: Database;
  readonly #database: string;

  private constructor(url: URL, admin: Database) {
    this.url = url.href;
    this.#admin = admin;
    this.role = url.username;
    this.#database = url.pathname.slice(1);
  }

  static async create(databaseUrl: string): Promise<TestLogin> {
    const admin = new URL(databaseUrl);
    admin.pathname = '/postgres';
    const own = new URL(databaseUrl);
    own.username = `login_${Bun.randomUUIDv7().replaceAll('-', '')}`;
    own.password = 'first';
    const db = openDatabase({ url: admin.href, maxConnections: 1, applicationName: 'millrace-test-admin' });
    await db.sql.unsafe(`create role ${own.username} login superuser password 'first'`);
    return new TestLogin(own, db);
  }

  /** From now on new connections are refused, and the existing ones are gone. */
  async refuse(): Promise<void> {
    const name = this.#database;
    if (this.way === 'password') await this.#run(`alter role ${this.role} password 'second'`);
    if (this.way === 'nologin') await this.#run(`alter role ${this.role} nologin`);
    if (this.way === 'no connections') await this.#run(`alter database ${name} allow_connections false`);
    await this.#endSessions();
    if (this.way !== 'renamed') return;
    // A database in use cannot be renamed, and the pools reconnect at once.
    await this.#run(`alter database ${name} allow_connections false`);
    await this.#endSessions();
    await this.#run(`alter database ${name} rename to ${name}_away`);
  }

  async permit(): Promise<void> {
    const name = this.#database;
    if (this.way === 'password') await this.#run(`alter role ${this.role} password 'first'`);
    if (this.way === 'nologin') await this.#run(`alter role ${this.role} login`);
    if (this.way === 'renamed') await this.#run(`alter database ${name}_away rename to ${name}`);
    await this.#run(`alter database ${name} allow_connections true`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endSessions();
    await this.#run(`drop role ${this.role}`);
    await this.#admin.close();
  }

  async #run(statement: string): Promise<void> {
    await this.#admin.sql.unsafe(statement);
  }

  /** Waits until each has ended. */
  async #endSessions(): Promise<void> {
    await this.#admin.sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = ${this.#database} and pid <> pg_backend_pid()`;
  }
}
