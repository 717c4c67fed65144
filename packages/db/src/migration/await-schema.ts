import type { Logger } from '@millrace/contracts';
import { answeredInTime } from '../connection/deadline.ts';
import {
  isAccessRefused,
  isDatabaseUnavailable,
  isPermissionDenied,
  isTlsRefused,
  SchemaMissingError,
} from '../connection/errors.ts';
import { ANSWER_MS_MAX, withConnection } from '../connection/one-connection.ts';
import { migrate } from './migrate.ts';
import type { LockHolder } from './migration-lock.ts';
import { isMigrated } from './schema-version.ts';
import { whyNotReady } from './why-not-ready.ts';

const RETRY_MS = 500;

/** `auto` migrates the schema; `wait` leaves that to someone else, for logins without the privileges. */
export type MigrateMode = 'auto' | 'wait';

/** A database on its way to this version's schema. */
export interface AwaitedSchema {
  /** With `auto`, rejects for errors that do not pass by themselves, such as a refused password. */
  readonly ready: Promise<void>;
  /** What it is waiting for, in words for an operator; undefined once the schema is there. */
  missing(): string | undefined;
}

/** Migrates or waits, for as long as it takes: services, database and migration may start in any order. */
export function awaitSchema(url: string, mode: MigrateMode, logger: Logger): AwaitedSchema {
  let missing: string | undefined = 'The schema has not been checked yet';
  const attempt = mode === 'auto' ? migrateIfPermitted : requireSchema;

  function onHeld({ pid, application_name }: LockHolder): void {
    missing = `Another process (Postgres pid ${pid}) is migrating the database, or holds the migration lock`;
    logger.info({ holder_pid: pid, holder: application_name }, `${missing}; retrying until it is free`);
  }

  async function untilReady(): Promise<void> {
    for (;;) {
      try {
        await attempt(url, onHeld);
        missing = undefined;
        return;
      } catch (error) {
        if (mode === 'auto' && !isTransient(error)) throw error;
        const reason = whyNotReady(error);
        if (reason !== missing) logger.warn({ err: error }, `${reason}; retrying until it works`);
        missing = reason;
        await Bun.sleep(RETRY_MS);
      }
    }
  }

  return { ready: untilReady(), missing: () => missing };
}

/** @throws SchemaMissingError, or the reason why the database cannot be asked */
export async function requireSchema(url: string): Promise<void> {
  const isThere = await withConnection(url, (sql) => answeredInTime(isMigrated(sql), ANSWER_MS_MAX));
  if (!isThere) throw new SchemaMissingError();
}

/** Like `migrate`, with a remedy in the error if the login lacks the privilege. */
async function migrateIfPermitted(url: string, onHeld: (holder: LockHolder) => void): Promise<void> {
  try {
    await migrate(url, onHeld);
  } catch (error) {
    if (!isPermissionDenied(error) && !isTlsRefused(error)) throw error;
    const remedy = isPermissionDenied(error)
      ? ': with MIGRATE=wait a service leaves the schema to bun run migrate'
      : '';
    throw new Error(`${whyNotReady(error)}${remedy}`, { cause: error });
  }
}

/** A service that cannot log in when it starts is misconfigured: waiting would not help. */
function isTransient(error: unknown): boolean {
  return isDatabaseUnavailable(error) && !isTlsRefused(error) && !isAccessRefused(error);
}
