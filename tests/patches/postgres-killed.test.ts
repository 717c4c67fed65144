import { expect, test } from 'bun:test';
import { startOwnPostgres } from '../own-postgres.ts';
import { openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';

const CONNECTIONS = 10;

// Without patches/postgres@3.4.9.patch a write to the closed socket throws where nobody can catch it, and half of the pool's
// connections never write again.
test('every pool connection works again after Postgres was killed under load and restarted', async () => {
  await using postgres = await startOwnPostgres();
  await using db = openPool(postgres.url, CONNECTIONS);
  const { sql } = db;

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

  await postgres.kill();
  await postgres.start();
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
}, 60_000);
