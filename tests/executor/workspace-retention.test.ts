import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate, submit } from '@millrace/db';
import { type WorkspaceRetentionOptions, workspaceRetention } from '@millrace/executor/workspace-retention';
import { newTask } from '../db/new-task.ts';
import { startOwnPostgres } from '../own-postgres.ts';
import { shared } from '../shared.ts';
import { type TemporaryFolder, temporaryFolder } from '../temporary-folder.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';

const DAYS = 30;
const CONDEMNED = '.millrace-deleted-';
const LONG_AGO = new Date(Date.now() - (DAYS + 1) * 86_400_000);

let folder: TemporaryFolder;
let scratch: string;
let root: string;
const database = shared(createTestDatabase);
beforeEach(async () => {
  folder = await temporaryFolder();
  scratch = folder.path;
  root = join(scratch, 'workspaces');
  await mkdir(root);
  await database.db.sql`truncate tasks cascade`;
});
afterEach(() => folder[Symbol.asyncDispose]());

const oldId = () => Bun.randomUUIDv7('hex', LONG_AGO.getTime());
const submitted = async (id = Bun.randomUUIDv7()) => (await submit(database.db, newTask({ id }))).id;

/** A workspace with files at two depths, last written at this time; it appears in one step. */
async function makeFolder(name: string, writtenAt = LONG_AGO): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(join(folder, 'a/b'), { recursive: true });
  await writeFile(join(folder, 'notes.txt'), 'x');
  await writeFile(join(folder, 'a/b/notes.txt'), 'x');
  await utimes(folder, writtenAt, writtenAt);
  await rename(folder, join(root, name));
  return name;
}

function start(options: Partial<WorkspaceRetentionOptions> = {}) {
  const log: string[] = [];
  const write = (fields: object, message: string) => void log.push(`${message} ${Bun.inspect(fields)}`);
  const logger = { debug: write, info: write, warn: write, error: write };
  const rounds = workspaceRetention({
    db: database.db,
    root,
    days: DAYS,
    logger,
    roundMs: 20,
    ...options,
  });
  rounds.start();
  return { log, [Symbol.dispose]: () => rounds.stop() };
}

const left = async () => (await readdir(root)).sort();
/** Until a round that began with all present folders has ended: a later round has removed the second of these. */
async function untilRoundHasEnded(): Promise<void> {
  for (const _ of ['this round', 'a later one']) {
    const condemned = await makeFolder(`${CONDEMNED}${oldId()}`);
    await eventually('the condemned folder is removed', async () => !(await left()).includes(condemned));
  }
}

/** Until another clean-up has had a few rounds. */
async function untilRoundsHaveEnded(beside: string): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await mkdir(join(beside, `${CONDEMNED}${oldId()}`));
    await eventually('a round beside has ended', async () => (await readdir(beside)).length === 0);
  }
}

test('the workspace of a deleted task is removed once it is old; everything else stays', async () => {
  const living = await makeFolder(await submitted(oldId()));
  const young = await makeFolder(oldId(), new Date());
  const youngTask = await makeFolder(Bun.randomUUIDv7());
  const others = ['notes', oldId().toUpperCase(), `${oldId()}-2`, `${CONDEMNED}notes`];
  for (const name of others) await makeFolder(name);
  const file = oldId();
  await writeFile(join(root, file), 'x');
  await utimes(join(root, file), LONG_AGO, LONG_AGO);
  await makeFolder(oldId());
  await makeFolder(crypto.randomUUID());

  using retention = start();
  const expected = [living, young, youngTask, file, ...others].sort();
  await eventually('two folders are removed', async () => (await left()).length === expected.length);
  await untilRoundHasEnded();
  expect(await left()).toEqual(expected);
  expect(await readFile(join(root, living, 'a/b/notes.txt'), 'utf8')).toBe('x');
  expect(retention.log.join('\n')).not.toContain('could not');
});

test('more than one batch of folders is removed, as is a half-removed one', async () => {
  await submitted();
  const half = `${CONDEMNED}${oldId()}`;
  await makeFolder(half, new Date());
  const living = await Promise.all(
    Array.from({ length: 20 }, async () => makeFolder(await submitted(oldId()))),
  );
  await Promise.all(Array.from({ length: 600 }, () => makeFolder(oldId())));
  using _ = start();
  await eventually(
    'only folders of existing tasks are left',
    async () => (await left()).length === living.length,
  );
  expect(await left()).toEqual(living.sort());
});

test('links are not followed, neither in place of a folder nor inside one', async () => {
  await submitted();
  const outside = join(scratch, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'theirs.txt'), 'theirs');
  await utimes(outside, LONG_AGO, LONG_AGO);
  const link = oldId();
  await symlink(outside, join(root, link));
  const folder = await makeFolder(oldId());
  await symlink(outside, join(root, folder, 'a/folder'));
  await symlink(join(outside, 'theirs.txt'), join(root, folder, 'file'));
  await utimes(join(root, folder), LONG_AGO, LONG_AGO);

  using _ = start();
  await eventually('only the link is left', async () => (await left()).length === 1);
  await untilRoundHasEnded();
  expect(await left()).toEqual([link]);
  expect(await readdir(outside)).toEqual(['theirs.txt']);
});

test('several executors on one root remove everything once, without complaints', async () => {
  await submitted();
  await Promise.all(Array.from({ length: 300 }, () => makeFolder(oldId())));
  await Promise.all(Array.from({ length: 100 }, () => makeFolder(`${CONDEMNED}${oldId()}`)));
  const living = await makeFolder(await submitted(oldId()));
  using first = start();
  using second = start();
  using third = start();
  await eventually('only the folder of the existing task is left', async () => (await left()).length === 1);
  await untilRoundHasEnded();
  expect(await left()).toEqual([living]);
  expect([first, second, third].flatMap(({ log }) => log).join('\n')).not.toContain('could not');
});

test('a folder that cannot be removed is logged once per round, and blocks no other', async () => {
  await submitted();
  const stuck = await makeFolder(oldId());
  const inTheWay = `${CONDEMNED}${stuck}`;
  await writeFile(join(root, inTheWay), 'x');
  await Promise.all(Array.from({ length: 10 }, () => makeFolder(oldId())));
  using retention = start();
  const complaints = () => retention.log.filter((line) => line.startsWith('could not'));
  await eventually('it has been tried again', () => complaints().length > 1);
  expect(await left()).toEqual([inTheWay, stuck]);
  expect(complaints()[0]).toContain('failures: 1');
  await rm(join(root, inTheWay));
  await eventually('the folder is removed', async () => (await left()).length === 0);
});

test('with a database without tasks nothing is removed', async () => {
  const folder = await makeFolder(oldId());
  using _ = start();
  await untilRoundHasEnded();
  expect(await left()).toEqual([folder]);
  await submitted();
  await eventually('the folder is removed', async () => (await left()).length === 0);
});

test.each([
  ['condemned', CONDEMNED],
  ['of deleted tasks', ''],
])('stopped in the middle of folders %s, it removes no more of them', async (_, prefix) => {
  await submitted();
  await Promise.all(Array.from({ length: 400 }, () => makeFolder(prefix + oldId())));
  const beside = join(scratch, 'beside');
  await mkdir(beside);
  using _beside = start({ root: beside });
  const retention = start({ roundMs: 1 });
  await eventually('the first has gone', async () => (await left()).length < 400, { intervalMs: 1 });
  retention[Symbol.dispose]();
  const atStop = (await left()).length;
  expect(atStop).toBeGreaterThan(1);
  await untilRoundsHaveEnded(beside);
  // The folder in progress may still go.
  expect((await left()).length).toBeGreaterThanOrEqual(atStop - 1);
});

test('without retention, or without a folder yet, nothing happens', async () => {
  await submitted();
  const folder = await makeFolder(oldId());
  using _ = start({ days: 0 });
  using other = start({ root: join(scratch, 'missing') });
  const beside = join(scratch, 'beside');
  await mkdir(beside);
  using _beside = start({ root: beside });
  await untilRoundsHaveEnded(beside);
  expect(await left()).toEqual([folder]);
  expect(other.log).toEqual([]);
  using _on = start();
  await eventually('the folder is removed', async () => (await left()).length === 0);
});

test('while Postgres is away folders stay; once it is back the work continues', async () => {
  await using postgres = await startOwnPostgres();
  await migrate(postgres.url);
  await using db = openPool(postgres.url, 2);
  const { id } = await submit(db, newTask({ id: oldId() }));
  const living = await makeFolder(id);
  await postgres.kill();
  const gone = await makeFolder(oldId());
  using retention = start({ db });
  await eventually('the failure is logged', () => retention.log.some((line) => line.startsWith('could not')));
  expect(await left()).toEqual([gone, living].sort());
  await postgres.start();
  await eventually('the clean-up continues', async () => (await left()).length === 1, { timeoutMs: 20_000 });
  expect(await left()).toEqual([living]);
}, 60_000);
