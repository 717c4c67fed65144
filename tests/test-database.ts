import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, migrate, openDatabase } from '@millrace/db';
import { createDatabase, dropDatabase, type PostgresServer, startPostgres } from '@millrace/devstack';

/** One server for a whole test run, started by the first suite that needs it; each suite has its own database. */
let started: Promise<{ server: PostgresServer; folder: string }> | undefined;

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-'));
  const server = await startPostgres({ dataDir: join(folder, 'data'), settings: { fsync: false } });
  await migrate(server.url);
  return { server, folder };
}

/** Called once, after the last suite. */
export async function stopTestPostgres(): Promise<void> {
  if (!started) return;
  const { server, folder } = await started;
  await server.stop('fast');
  await rm(folder, { recursive: true, force: true });
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly db: Database;
}

/** An empty, migrated database of the caller's own: a copy of the one that was migrated at the start. */
export async function createTestDatabase(maxConnections = 4): Promise<TestDatabase> {
  started ??= start();
  const { server } = await started;
  const name = `test_${Bun.randomUUIDv7().replaceAll('-', '')}`;
  const url = await createDatabase(server.url, name, { template: 'millrace' });
  const db = openDatabase({ url, maxConnections, applicationName: 'millrace-test' });
  return {
    url,
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await dropDatabase(server.url, name);
    },
  };
}

/** A server URL whose database does not exist yet, for tests of migrating. */
export async function createEmptyDatabase(): Promise<string> {
  started ??= start();
  const { server } = await started;
  return createDatabase(server.url, `test_${Bun.randomUUIDv7().replaceAll('-', '')}`);
}
