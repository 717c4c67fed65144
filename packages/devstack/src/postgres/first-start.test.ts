import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQL } from 'bun';
import { startPostgres } from './start-postgres.ts';

/** What a start does in a folder that no server has used. */

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (dataDir: string) => startPostgres({ dataDir, settings: { fsync: false } });

test('two simultaneous starts in one folder share one server', async () => {
  const shared = join(folder, 'shared');
  const [one, two] = await Promise.all([start(shared), start(shared)]);
  expect(one.pid).toBe(two.pid);
  expect([one.adopted, two.adopted].sort()).toEqual([false, true]);
  await one.stop();
  await two.exited;
});

test('what an initdb that was killed halfway left is removed', async () => {
  const other = join(folder, 'torn');
  const abandoned = join(folder, '.torn.initdb-999999999-abc');
  mkdirSync(abandoned);
  writeFileSync(join(abandoned, 'PG_VERSION'), '18\n');
  await using server = await start(other);
  await using sql = new SQL(server.url, { max: 1 });
  expect([...(await sql`SELECT 1 AS one`)]).toEqual([{ one: 1 }]);
  expect(readdirSync(folder).filter((name) => name.includes('initdb'))).toEqual([]);
});

test('the data of another major version is refused', async () => {
  const old = join(folder, 'old');
  mkdirSync(join(old, 'global'), { recursive: true });
  writeFileSync(join(old, 'global', 'pg_control'), '');
  writeFileSync(join(old, 'PG_VERSION'), '15\n');
  await expect(start(old)).rejects.toThrow(/was created by PostgreSQL 15, and the embedded one is 18/);
});

test('files that are not a database are left alone', async () => {
  const strange = join(folder, 'strange');
  mkdirSync(strange);
  writeFileSync(join(strange, 'holiday.jpg'), 'x');
  await expect(start(strange)).rejects.toThrow(/is not empty, and not a complete Postgres data folder/);
  expect(existsSync(join(strange, 'holiday.jpg'))).toBe(true);
});
