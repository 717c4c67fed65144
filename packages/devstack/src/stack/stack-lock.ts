import { Database } from 'bun:sqlite';
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  identify,
  isSameProcess,
  type ProcessIdentity,
  signalPid,
  waitForDeath,
} from '../process/identity.ts';
import { StackError } from '../stack-error.ts';

type Child = Pick<ProcessIdentity, 'pid' | 'startedAt'> & { name: string };
type Announced = {
  gateway_url?: string;
  mcp_url?: string;
  /** `off` if MCP clients need no API key. */
  mcp_auth?: string;
  /** `GET /health/ready` of the executors; `/metrics` is beside it. */
  health_urls?: readonly string[];
};
type Run = Announced & { pid: number; startedAt: string | null; children: Child[] };

/**
 * Makes one stack the owner of a data folder, and records its children there, so that the next run can end those left
 * behind by a `kill -9`.
 *
 * The lock is SQLite's exclusive lock on an empty database: the kernel releases it when its process ends, however it
 * ends, so it is never stale. `stack.json` beside it names the owner and what it started.
 */
export class StackLock {
  // Kept in a field: a garbage-collected database is closed and loses its lock.
  readonly #database: Database;
  readonly #file: string;
  readonly #run: Run = {
    pid: process.pid,
    startedAt: identify(process.pid)?.startedAt ?? null,
    children: [],
  };

  private constructor(database: Database, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /** Locks the folder, or throws a StackError naming the process that holds it. */
  static acquire(dataDir: string): StackLock {
    try {
      mkdirSync(dataDir, { recursive: true });
    } catch (cause) {
      throw new StackError(
        `The data folder ${dataDir} cannot be created: ${(cause as Error).message}.`,
        'Choose one that you can write to with --data-dir.',
        { cause },
      );
    }
    const file = recordOf(dataDir);
    // Somebody who deleted stack.lock has not stopped its owner.
    if (readAnnounced(dataDir)) throw alreadyRunning(dataDir, readRun(file));
    try {
      // SQLite would otherwise fall back to read-only.
      accessSync(dataDir, constants.W_OK);
      const database = new Database(join(dataDir, 'stack.lock'));
      database.run('PRAGMA busy_timeout = 200');
      database.run('BEGIN EXCLUSIVE');
      return new StackLock(database, file);
    } catch (cause) {
      if ((cause as { code?: string }).code === 'SQLITE_BUSY') throw alreadyRunning(dataDir, readRun(file));
      throw new StackError(
        `The data folder ${dataDir} cannot be used: ${(cause as Error).message}.`,
        'Free disk space and make the folder writable, or choose another with --data-dir.',
        { cause },
      );
    }
  }

  /** Ends the processes that a killed earlier run left behind. Returns their names. */
  async endLeftovers(): Promise<string[]> {
    const left = (readRun(this.#file)?.children ?? []).filter(isSameProcess);
    await Promise.all(left.map(end));
    this.#write();
    return left.map(({ name }) => name);
  }

  announce(addresses: Announced): void {
    Object.assign(this.#run, addresses);
    this.#write();
  }

  /** Records the current process of `name`. */
  recordChild(name: string, pid: number): void {
    const identity = identify(pid);
    this.#run.children = this.#run.children.filter((child) => child.name !== name);
    if (identity) this.#run.children.push({ name, pid, startedAt: identity.startedAt });
    this.#write();
  }

  release(): void {
    rmSync(this.#file, { force: true });
    this.#database.close();
  }

  #write(): void {
    const temporary = `${this.#file}.${process.pid}`;
    try {
      writeFileSync(temporary, `${JSON.stringify(this.#run, null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, this.#file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }
}

/** What the stack that now runs on this folder has announced; null if none runs. */
export function readAnnounced(dataDir: string): Announced | null {
  const run = readRun(recordOf(dataDir));
  return run?.startedAt && isSameProcess({ pid: run.pid, startedAt: run.startedAt }) ? run : null;
}

function recordOf(dataDir: string): string {
  return join(dataDir, 'stack.json');
}

async function end(child: Child): Promise<void> {
  signalPid(child.pid, 'SIGTERM');
  if (await waitForDeath(child, 15_000)) return;
  if (isSameProcess(child)) signalPid(child.pid, 'SIGKILL');
  await waitForDeath(child, 5_000);
}

function readRun(file: string): Run | null {
  try {
    const run = JSON.parse(readFileSync(file, 'utf8')) as Partial<Run>;
    return { ...run, pid: run.pid ?? 0, startedAt: run.startedAt ?? null, children: run.children ?? [] };
  } catch {
    return null;
  }
}

function alreadyRunning(dataDir: string, run: Run | null): StackError {
  const who = run ? ` (pid ${run.pid}${run.gateway_url ? `, its API at ${run.gateway_url}` : ''})` : '';
  return new StackError(
    `Millrace already runs on ${dataDir}${who}.`,
    'Use that one, stop it with Ctrl-C, or start a second one with --data-dir and ports of its own.',
  );
}
