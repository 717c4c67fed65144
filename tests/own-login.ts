import type { Database } from '@millrace/db';

export interface OwnLogin extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

export interface OwnLoginOptions {
  /** As in `create role`, such as `createrole` or `in role millrace_mcp`. */
  readonly attributes?: string;
  /** The database becomes its own, and goes with it. */
  readonly ownsDatabase?: boolean;
}

/** A login of the test's own to a database of the same server. */
export async function createLogin(
  { sql }: Pick<Database, 'sql'>,
  databaseUrl: string,
  { attributes = '', ownsDatabase = false }: OwnLoginOptions = {},
): Promise<OwnLogin> {
  const name = `test_${Bun.randomUUIDv7().replaceAll('-', '')}`;
  const url = new URL(databaseUrl);
  const database = sql(url.pathname.slice(1));
  await sql.unsafe(`create role ${name} login password 'secret' ${attributes}`);
  if (ownsDatabase) await sql`alter database ${database} owner to ${sql(name)}`;
  Object.assign(url, { username: name, password: 'secret' });
  return {
    name,
    url: url.href,
    async [Symbol.asyncDispose]() {
      if (ownsDatabase) await sql`drop database ${database} with (force)`;
      await sql`drop owned by ${sql(name)}`;
      await sql`drop role ${sql(name)}`;
    },
  };
}
