import type { Logger } from '@millrace/contracts';
import { isDatabaseUnavailable } from './errors.ts';
import { migrate } from './migrate.ts';

const RETRY_MS = 500;

/**
 * Migrates as soon as Postgres can be reached, so that services and database may start in any order.
 *
 * @throws what is wrong with the database itself, such as a refused password
 */
export async function migrateWhenAvailable(url: string, logger: Logger): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await migrate(url);
      return;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      if (attempt === 0) logger.warn({ err: error }, 'Postgres cannot be reached yet; trying until it can');
      await Bun.sleep(RETRY_MS);
    }
  }
}
