import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readPassword } from '../postgres/cluster.ts';
import { superuserUrl } from '../postgres/databases.ts';
import { readPostmaster } from '../postgres/postmaster-file.ts';
import { repositoryRoot } from '../stack/part-definitions.ts';
import { mcpAuth, mcpUrl } from '../stack/service-addresses.ts';
import { readAnnounced } from '../stack/stack-lock.ts';
import { StackError } from '../stack-error.ts';
import { readUpEnvironment } from './environment.ts';

/** Where clients on this machine reach what `bun run up` serves: as it runs now, or as it would run. */
export type ClientAddresses = {
  mcpUrl: string;
  mcpNeedsKey: boolean;
  /** With the password. Throws a StackError if there is no database yet. */
  databaseUrl(): string;
  /** The same, but throws one also if the embedded Postgres is not running. */
  runningDatabaseUrl(): string;
};

/** Throws a ConfigurationError that names every invalid variable. */
export function clientAddresses(
  environment: Record<string, string | undefined>,
  dataDir = join(repositoryRoot, '.millrace'),
): ClientAddresses {
  const { ports, databaseUrl } = readUpEnvironment(environment);
  const running = readAnnounced(resolve(dataDir));
  const folder = join(resolve(dataDir), 'postgres');
  return {
    mcpUrl: running?.mcp_url ?? mcpUrl(environment, ports.mcp),
    mcpNeedsKey: (running?.mcp_auth ?? mcpAuth(environment)) !== 'off',
    databaseUrl: () => databaseUrl ?? embeddedUrl(folder, ports.postgres),
    runningDatabaseUrl: () => databaseUrl ?? embeddedUrl(folder),
  };
}

/** @param portOtherwise its port if it is not running */
function embeddedUrl(folder: string, portOtherwise?: number): string {
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    throw new StackError(
      `There is no database in ${folder} yet.`,
      'Run `bun run up` once to create it, or set DATABASE_URL to your own.',
    );
  }
  const port = readPostmaster(folder)?.port ?? portOtherwise;
  if (port === undefined) {
    throw new StackError(
      `The database in ${folder} is not running.`,
      'Start it with `bun run up`, or set DATABASE_URL to your own.',
    );
  }
  return superuserUrl(readPassword(folder), port, 'millrace');
}
