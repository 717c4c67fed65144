import type { Logger } from '@millrace/contracts';
import { type Database, migrate, openDatabase } from '@millrace/db';
import type { DatabaseConfig } from './config.ts';

/** What the tools work with; whoever opens it closes `db`. */
export interface McpContext {
  readonly db: Database;
  readonly logger: Logger;
  /** Resolves once the schema is this version's. Rejects while Postgres can't be reached; the next call tries again. */
  migrated(): Promise<void>;
}

/** Makes no connection yet. */
export function openContext({ databaseUrl, databasePoolSize }: DatabaseConfig, logger: Logger): McpContext {
  const db = openDatabase({
    url: databaseUrl,
    maxConnections: databasePoolSize,
    applicationName: 'millrace-mcp',
    logger,
  });
  let migration: Promise<void> | undefined;
  return {
    db,
    logger,
    migrated() {
      migration ??= migrate(databaseUrl).catch((error: unknown) => {
        migration = undefined;
        throw error;
      });
      return migration;
    },
  };
}
