import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, migrate, openDatabase } from '@millrace/db';
import { startPostgres } from '@millrace/devstack';

export interface DurableDatabase extends AsyncDisposable {
  /** As services open it. */
  readonly db: Database;
}

/** A separate embedded Postgres, with fsync and synchronous_commit on, as `bun run up` starts it. */
export async function startDurableDatabase(): Promise<DurableDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const server = await startPostgres({ dataDir: join(folder, 'postgres') });
  await migrate(server.url);
  const db = openDatabase({
    url: server.url,
    maxConnections: 4,
    applicationName: 'millrace-bench',
  });
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await server.stop('fast');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
