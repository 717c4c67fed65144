import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../process/identity.ts';
import { StackError } from '../stack-error.ts';
import { type Account, handOver } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';

/** The only role, a superuser. Its random password is in the data folder, readable only by the owner. */
export const superuser = 'millrace';

const passwordFile = 'millrace.password';

/**
 * Prepares the data folder, whatever its state, and returns the superuser's password. A new cluster is created beside
 * it and renamed: a start killed half-way leaves nothing that looks like a cluster.
 */
export async function prepareCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  account: Account,
  durable: boolean,
): Promise<string> {
  discardAbandoned(dataDir);
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) {
    await createCluster(dataDir, binaries, account, durable);
  }
  refuseForeign(dataDir, binaries.version);
  handOver(dataDir, account);
  return readPassword(dataDir);
}

export function readPassword(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, passwordFile), 'utf8').trim();
  } catch (cause) {
    throw new StackError(
      `The data folder ${dataDir} has no ${passwordFile}, so nobody can log in.`,
      'Restore that file, or move the folder away to start with an empty database.',
      { cause },
    );
  }
}

async function createCluster(
  dataDir: string,
  { initdb }: PostgresBinaries,
  account: Account,
  durable: boolean,
): Promise<void> {
  mkdirSync(dirname(dataDir), { recursive: true });
  const unique = `${process.pid}-${Bun.randomUUIDv7().slice(-8)}`;
  const temporary = join(dirname(dataDir), temporaryPrefix(dataDir) + unique);
  mkdirSync(temporary, { mode: 0o700 });
  const passwordSource = `${temporary}.password`;
  const password = crypto.getRandomValues(new Uint8Array(24)).toHex();
  writeFileSync(passwordSource, password, { mode: 0o600 });
  handOver(temporary, account);
  handOver(passwordSource, account);
  try {
    const options = [
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--auth=scram-sha-256',
      `--username=${superuser}`,
      `--pwfile=${passwordSource}`,
      `--pgdata=${temporary}`,
      ...(durable ? [] : ['--no-sync']),
    ];
    const child = Bun.spawn([...account.prefix, initdb, ...options], {
      env: postgresEnvironment(),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [exitCode, output, errors] = await Promise.all([
      child.exited,
      child.stdout.text(),
      child.stderr.text(),
    ]);
    if (/could not look up effective user ID/.test(errors)) {
      throw new StackError(
        `Postgres cannot be set up by uid ${account.uid}, which has no account on this system.`,
        'Start as a user that has one, or set DATABASE_URL to a Postgres of your own.',
      );
    }
    if (exitCode !== 0) {
      throw new StackError(`initdb could not create ${dataDir}:\n${(output + errors).trim()}`);
    }
    renameSync(passwordSource, join(temporary, passwordFile));
    moveIntoPlace(temporary, dataDir);
  } finally {
    discard(passwordSource);
    discard(temporary);
  }
}

// A failed removal must not hide the error that led to it.
function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}

function moveIntoPlace(temporary: string, dataDir: string): void {
  try {
    if (process.platform === 'win32' && existsSync(dataDir)) rmdirSync(dataDir);
    renameSync(temporary, dataDir);
  } catch (cause) {
    // Another process was faster: its cluster is as good as ours.
    if (!existsSync(join(dataDir, 'PG_VERSION'))) throw cause;
  }
}

function refuseForeign(dataDir: string, version: string): void {
  const versionFile = join(dataDir, 'PG_VERSION');
  const moveAway = 'Move it away, or choose another folder with --data-dir.';
  if (!existsSync(versionFile) || !existsSync(join(dataDir, 'global', 'pg_control'))) {
    throw new StackError(
      `The folder ${dataDir} is not empty, and not a complete Postgres data folder.`,
      moveAway,
    );
  }
  const found = readFileSync(versionFile, 'utf8').trim();
  const wanted = version.split('.')[0];
  if (found !== wanted) {
    throw new StackError(
      `The data folder ${dataDir} was created by PostgreSQL ${found}, and the embedded one is ${wanted}.`,
      `Dump it with that version and restore the dump here. To start with an empty one instead: ${moveAway}`,
    );
  }
}

/** The name of a new cluster until it is complete begins with this, and goes on with the pid of who creates it. */
function temporaryPrefix(dataDir: string): string {
  return `.${basename(dataDir)}.initdb-`;
}

function discardAbandoned(dataDir: string): void {
  const parent = dirname(dataDir);
  if (!existsSync(parent)) return;
  const prefix = temporaryPrefix(dataDir);
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (pid !== process.pid && !isAlive(pid)) discard(join(parent, name));
  }
}

/** A clean environment: the caller's PG* variables and locale must not leak into the server. */
export function postgresEnvironment(): Record<string, string> {
  const kept = ['PATH', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP'];
  const environment: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
