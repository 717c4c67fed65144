import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { freePort } from '../ports/free-port.ts';
import { StackError } from '../stack-error.ts';
import { type Account, chooseAccount } from './account.ts';
import { findBinaries, type PostgresBinaries } from './binaries.ts';
import { prepareCluster } from './cluster.ts';
import { ensureDatabase, superuserUrl } from './databases.ts';
import { discardStalePostmaster, readPostmaster } from './postmaster-file.ts';
import { ServerProcess, type StopMode } from './server-process.ts';
import { developmentSettings, type PostgresSettings } from './settings.ts';

export type PostgresOptions = {
  /** The cluster's own folder; created if missing. */
  dataDir: string;
  /** Default: a free port below 32768. */
  port?: number;
  /** Override the development defaults, e.g. `{ fsync: false }` in tests. */
  settings?: PostgresSettings;
  /** Created if missing; `url` points at it. Default `millrace`. */
  database?: string;
  /** Bounds the whole start. Default 60 s: recovery after a crash may take a while. */
  timeoutMs?: number;
  /** Keep running when this process is killed. Default false, which works only on Linux. */
  outliveParent?: boolean;
  /** For tests of the ways to start as root. */
  account?: (dataDir: string) => Account;
};

export type PostgresServer = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** It was already running, left by a killed parent; `stop` ends it nevertheless. */
  readonly adopted: boolean;
  /** Where it writes its log. */
  readonly logFile: string;
  /** Resolves once the server process is gone, with how it ended in words. */
  readonly exited: Promise<string>;
  /** `fast` (default) ends sessions and closes cleanly; `smart` waits for them; `immediate` crashes it. Idempotent. */
  stop(mode?: StopMode): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Keeps an adopted one running when this process ends. */
  leave(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Starts PostgreSQL 18 on 127.0.0.1, or adopts the one that already serves this data folder, and resolves once
 * it answers queries. Throws a StackError for everything that the caller can put right.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  const deadline = performance.now() + (options.timeoutMs ?? 60_000);
  const binaries = findBinaries();
  mkdirSync(dirname(dataDir), { recursive: true });
  const account = (options.account ?? chooseAccount)(dataDir);
  const password = await prepareCluster(dataDir, binaries, account, options.settings?.fsync !== false);

  const outliveParent = options.outliveParent ?? false;
  for (;;) {
    const server = await obtainServer(options, { dataDir, deadline, binaries, account, outliveParent });
    try {
      const database = options.database ?? 'millrace';
      const url = superuserUrl(password, server.port, database);
      await ensureDatabase(url, database);
      return describe(server, url);
    } catch (error) {
      await server.stop('fast');
      // An adopted one may be shutting down: its dying parent may have told it to.
      if (!server.adopted) throw error;
    }
  }
}

type Start = {
  dataDir: string;
  deadline: number;
  binaries: PostgresBinaries;
  account: Account;
  outliveParent: boolean;
};

/** Adopts or starts a server; tries again while the obstacle is temporary. */
async function obtainServer(options: PostgresOptions, start: Start): Promise<ServerProcess> {
  for (;;) {
    const running = readPostmaster(start.dataDir);
    if (running) {
      const server = ServerProcess.adopt(start.dataDir, running);
      const moved = options.port !== undefined && running.ready && running.port !== options.port;
      if (!moved && (await server.ready(start.deadline)).ready) return server;
      // It listens elsewhere, or is shutting down.
      await server.stop('fast');
      continue;
    }
    discardStalePostmaster(start.dataDir);
    const port = options.port ?? (await freePort());
    const settings = { ...developmentSettings, ...options.settings, port };
    const server = ServerProcess.spawn(start, settings);
    const outcome = await server.ready(start.deadline);
    if (outcome.ready) return server;
    await server.stop('immediate');
    if (isPassing(outcome.log, options.port) && performance.now() < start.deadline) {
      await Bun.sleep(50);
      continue;
    }
    throw new StackError(explain(outcome.log, port, start.dataDir));
  }
}

function isPassing(log: string, wantedPort: number | undefined): boolean {
  // Backends of a killed postmaster are still exiting, or another process is starting in the same folder.
  if (/shared memory block .* is still in use|lock file "postmaster\.pid"/.test(log)) return true;
  return wantedPort === undefined && /Address already in use/.test(log);
}

function explain(log: string, port: number, dataDir: string): string {
  if (/Address already in use/.test(log)) return `Postgres cannot listen on port ${port}: it is in use.`;
  if (/No space left on device/.test(log)) return `Postgres cannot start: the disk of ${dataDir} is full.`;
  return `Postgres did not start in ${dataDir}. The end of its log:\n${log.trim() || '(none)'}`;
}

function describe(server: ServerProcess, url: string): PostgresServer {
  return {
    url,
    port: server.port,
    pid: server.pid,
    adopted: server.adopted,
    logFile: server.logFile,
    exited: server.exited,
    stop: (mode) => server.stop(mode),
    kill: (signal) => server.kill(signal),
    leave: () => server.leave(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
