import { expect, test } from 'bun:test';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { loginAs } from './service-login.ts';
import { spawnService } from './service-process.ts';

const LONG_AGO = Date.now() - 40 * 86_400_000;

test('an executor, under its own role, removes the workspaces of deleted tasks', async () => {
  await using folder = await temporaryFolder();
  await using database = await createTestDatabase();
  await using login = await loginAs(database, 'millrace_executor');
  const root = join(folder.path, 'workspaces');
  const [living, gone] = [LONG_AGO, LONG_AGO].map((madeAt) => Bun.randomUUIDv7('hex', madeAt));
  await submit(database.db, newTask({ id: living!, run_at: '2100-01-01T00:00:00Z' }));
  for (const id of [living!, gone!]) {
    await mkdir(join(root, id), { recursive: true });
    await writeFile(join(root, id, 'notes.txt'), 'x');
    await utimes(join(root, id), LONG_AGO / 1000, LONG_AGO / 1000);
  }
  // The first round comes at a random time within ten minutes: this makes it the earliest.
  const preload = join(folder.path, 'never-random.ts');
  await writeFile(preload, 'Math.random = () => 0;');
  await using executor = await spawnService('executor', {
    DATABASE_URL: login.url,
    MIGRATE: 'wait',
    KAFKA_BROKERS: '127.0.0.1:1',
    WORKSPACE_DIR: root,
    BUN_OPTIONS: `--preload=${preload}`,
  });
  const left = await eventually(
    'one has gone',
    async () => {
      const names = await readdir(root);
      return names.length === 1 && names;
    },
    { timeoutMs: 20_000 },
  );
  expect(left).toEqual([living!]);
  executor.signal('SIGTERM');
  expect(await within('the executor exits', 15_000, executor.exited)).toBe(0);
}, 60_000);

test('an executor warns at its start of a folder in which it cannot write', async () => {
  await using folder = await temporaryFolder();
  await using database = await createTestDatabase();
  const start = (WORKSPACE_DIR: string) =>
    spawnService('executor', { DATABASE_URL: database.url, KAFKA_BROKERS: '127.0.0.1:1', WORKSPACE_DIR });
  const warning = 'WORKSPACE_DIR is not writable';
  // Not even root may create folders there.
  await using warned = await start(process.platform === 'linux' ? '/sys' : '/System');
  await eventually('it warns', async () => warned.log().includes(warning), { timeoutMs: 20_000 });

  const root = join(folder.path, 'new');
  await using content = await start(root);
  const isDone = async () => content.log().includes('"msg":"started"') && (await readdir(root)).length === 0;
  await eventually('the other has started, and left nothing there', isDone, { timeoutMs: 20_000 });
  expect(content.log()).not.toContain(warning);
}, 60_000);
