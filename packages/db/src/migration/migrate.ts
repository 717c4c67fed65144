import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { answeredInTime } from '../connection/deadline.ts';
import { codeOf, LOCK_NOT_AVAILABLE, TableInUseError } from '../connection/errors.ts';
import { ANSWER_MS_MAX, withConnection } from '../connection/one-connection.ts';
import { MIGRATIONS_FOLDER } from '../migrations-folder.ts';
import { type LockHolder, lockMigrations } from './migration-lock.ts';
import { isMigrated } from './schema-version.ts';
import { whileSessionLasts } from './session-watch.ts';

/**
 * Migrates the database to this version's schema. Safe to call from many processes at once: one migrates, the
 * others wait for it and then find nothing to do. Once migrated, it succeeds for logins without the
 * privileges too.
 *
 * @param onHeld called with the lock's holder if the wait is long
 * @throws TableInUseError if it would have to wait for another transaction for long; it can be tried again
 */
export function migrate(url: string, onHeld: (holder: LockHolder) => void = () => {}): Promise<void> {
  return withConnection(url, async (sql) => {
    if (await answeredInTime(isMigrated(sql), ANSWER_MS_MAX)) return;
    if (!(await lockMigrations(sql, onHeld))) return;
    try {
      await whileSessionLasts(url, sql, () =>
        applyMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER }),
      );
    } catch (error) {
      throw codeOf(error) === LOCK_NOT_AVAILABLE ? new TableInUseError() : error;
    }
  });
}
