import { SQL } from 'bun';
import { StackError } from '../stack-error.ts';
import { superuser } from './cluster.ts';

/**
 * Creates a database on the server of `url`, empty or as a copy of `template` (which nobody may be connected to),
 * and returns its URL. Rejects with SQLSTATE 42P04 when it exists.
 */
export async function createDatabase(
  url: string,
  name: string,
  options: { template?: string } = {},
): Promise<string> {
  // Otherwise each page would also go through the log.
  const template = options.template ? ` TEMPLATE ${quoted(options.template)} STRATEGY FILE_COPY` : '';
  await administer(url, `CREATE DATABASE ${quoted(name)}${template}`);
  return databaseUrl(url, name);
}

/** Drops the database if it exists, ending the sessions that use it. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await administer(url, `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`);
}

/** Creates the database unless it exists. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  const found = await administer(
    url,
    `SELECT 1 FROM pg_database WHERE datname = '${name.replaceAll("'", "''")}'`,
  );
  if (found.length > 0) return;
  try {
    await createDatabase(url, name);
  } catch (error) {
    // Created by another process in between: duplicate_database, or a collision in the catalogue's unique index.
    if (!/already exists|pg_database_datname_index/.test((error as Error).message)) throw error;
  }
}

/** The address of a database of an embedded server. */
export function superuserUrl(password: string, port: number, database: string): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** The same server's URL for another database. */
export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  return changed.href;
}

async function administer(url: string, statement: string): Promise<unknown[]> {
  const sql = new SQL(databaseUrl(url, 'postgres'), { max: 1, connectionTimeout: 10 });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.close();
  }
}

function quoted(identifier: string): string {
  if (identifier === '' || Buffer.byteLength(identifier) > 63 || identifier.includes('\0')) {
    throw new StackError(`${JSON.stringify(identifier)} is not a database name: it must have 1 to 63 bytes.`);
  }
  return `"${identifier.replaceAll('"', '""')}"`;
}
