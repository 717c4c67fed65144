import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, migrate, openDatabase } from '@millrace/db';
import { createDatabase, dropDatabase, startPostgres } from '@millrace/devstack';
import { atEnd } from './at-end.ts';

const TEMPLATE = 'millrace';

export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** A server with the migrated database that the suites' databases are copied from. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-'));
  const server = await startPostgres({
    dataDir: join(folder, 'data'),
    database: TEMPLATE,
    settings: { fsync: false },
  });
  await migrate(server.url);
  return {
    url: server.url,
    async stop() {
      await server.stop('fast');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Servers for suites that run at the same time, one for each process of the runner: none sees the activity of the others.
 * Without them, a process starts one for its first suite that asks.
 */
export const SERVERS_VARIABLE = 'MILLRACE_TEST_POSTGRES';

let started: Promise<TestPostgres> | undefined;

async function serverUrl(): Promise<string> {
  const worker = Number(process.env.BUN_TEST_WORKER_ID ?? 1);
  const given = process.env[SERVERS_VARIABLE]?.split(' ')[worker - 1];
  if (given) return given;
  if (!started) {
    started = startTestPostgres();
    atEnd.push(stopTestPostgres);
  }
  return (await started).url;
}

export async function stopTestPostgres(): Promise<void> {
  const ending = started;
  started = undefined;
  await (await ending)?.stop();
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly db: Database;
}

/** An empty, migrated database for the caller alone: a copy of the one migrated at the start. */
export async function createTestDatabase(maxConnections = 4): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = newName();
  const url = await createDatabase(server, name, { template: TEMPLATE });
  const db = openDatabase({ url, maxConnections, applicationName: 'millrace-test' });
  return {
    url,
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await dropDatabase(server, name);
    },
  };
}

/** A server URL whose database does not exist yet, for tests of migrating. */
export async function createEmptyDatabase(): Promise<string> {
  return createDatabase(await serverUrl(), newName());
}

/** One more pool of connections, to any database. */
export function openPool(url: string, maxConnections = 1): Database & AsyncDisposable {
  const db = openDatabase({ url, maxConnections, applicationName: 'millrace-test' });
  return Object.assign(db, { [Symbol.asyncDispose]: () => db.close() });
}

export function openPools(url: string, count: number, maxConnections: number): Database[] {
  return Array.from({ length: count }, () => openPool(url, maxConnections));
}

export async function closeAll(pools: readonly Database[]): Promise<void> {
  await Promise.all(pools.map((pool) => pool.close()));
}

const newName = () => `test_${Bun.randomUUIDv7().replaceAll('-', '')}`;
