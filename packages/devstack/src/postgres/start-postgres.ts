import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { freePort } from '../ports/free-port.ts';
import { StackError } from '../stack-error.ts';
import { type Account, chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { prepareCluster } from './cluster.ts';
import { ensureDatabase, superuserUrl } from './databases.ts';
import { PostgresServer, type ServerOrigin } from './postgres-server.ts';
import { discardStalePostmaster, readPostmaster } from './postmaster-file.ts';
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
  /** For tests of the ways to start as root. */
  account?: (dataDir: string) => Account;
};

/** Recovery after a crash may take a while. */
const startMsMax = 60_000;

/**
 * Starts PostgreSQL 18 on 127.0.0.1, or adopts the one that already serves this data folder, and resolves once
 * it answers queries. Throws a StackError for everything that the caller can put right.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  const deadline = performance.now() + startMsMax;
  const binaries = findBinaries();
  mkdirSync(dirname(dataDir), { recursive: true });
  const account = (options.account ?? chooseAccount)(dataDir);
  const password = await prepareCluster(dataDir, binaries, account, options.settings?.fsync !== false);

  const database = options.database ?? 'millrace';
  const urlAt = (port: number) => superuserUrl(password, port, database);
  for (;;) {
    const server = await obtainServer(options, { dataDir, binaries, account, urlAt }, deadline);
    try {
      await ensureDatabase(server.url, database);
      return server;
    } catch (error) {
      await server.stop('fast');
      // An adopted one may be shutting down: its dying parent may have told it to.
      if (!server.adopted) throw error;
    }
  }
}

/** Adopts or starts a server; tries again while the obstacle is temporary. */
async function obtainServer(
  options: PostgresOptions,
  origin: ServerOrigin,
  deadline: number,
): Promise<PostgresServer> {
  const { dataDir } = origin;
  for (;;) {
    const running = readPostmaster(dataDir);
    if (running) {
      const server = PostgresServer.adopt(origin, running);
      const moved = options.port !== undefined && running.ready && running.port !== options.port;
      if (!moved && (await server.ready(deadline))) return server;
      // It listens elsewhere, or is shutting down.
      await server.stop('fast');
      continue;
    }
    discardStalePostmaster(dataDir);
    const port = options.port ?? (await freePort());
    const settings = { ...developmentSettings, ...options.settings, port };
    const server = PostgresServer.spawn(origin, settings);
    if (await server.ready(deadline)) return server;
    const log = server.recentLog();
    await server.stop('immediate');
    if (isPassing(log, options.port) && performance.now() < deadline) {
      await Bun.sleep(50);
      continue;
    }
    throw new StackError(explain(log, port, dataDir));
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
