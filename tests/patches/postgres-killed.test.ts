import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@millrace/db';
import { startPostgres } from '@millrace/devstack';
import { eventually, within } from '../waiting.ts';

const CONNECTIONS = 10;

// Without patches/postgres@3.4.9.patch a write to the closed socket throws where nobody can catch it, and half of the pool's
// connections never write again.
test('every pool connection works again after Postgres was killed under load and restarted', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-killed-'));
  const options = { dataDir: join(dataDir, 'data'), settings: { fsync: false } };
  const first = await startPostgres(options);
  const { sql, close } = openDatabase({
    url: first.url,
    maxConnections: CONNECTIONS,
    applicationName: 'millrace-test',
  });

  let answered = 0;
  let stopped = false;
  const transaction = () => sql.begin(async (tx) => [await tx`select 1`, await tx`select pg_sleep(0.001)`]);
  const load = Array.from({ length: 4 * CONNECTIONS }, async (_, index) => {
    while (!stopped) {
      try {
        await (index % 4 === 0 ? transaction() : sql`select ${index}::int, pg_sleep(0.001)`);
        answered++;
      } catch {
        // Refused while the server is down; the next attempt waits for the pool to connect.
      }
    }
  });
  await eventually('the pool is busy', () => answered > 500);

  first.kill('SIGKILL');
  await first.exited;
  await using _ = await startPostgres({ ...options, port: first.port });
  const atRestart = answered;
  await eventually('the load continues', () => answered > atRestart + 500, { timeoutMs: 20_000 });
  stopped = true;
  await within('every query has an answer', 20_000, Promise.all(load));

  const answers = Array.from(
    { length: CONNECTIONS },
    () => sql`select pg_backend_pid() as pid, pg_sleep(0.2)`,
  );
  const rows = await within('every connection answers', 20_000, Promise.all(answers));
  expect(new Set(rows.map(([row]) => row?.pid)).size).toBe(CONNECTIONS);
  await close();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);
