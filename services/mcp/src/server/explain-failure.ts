import type { Logger } from '@millrace/contracts';
import { isDatabaseUnavailable } from '@millrace/db';

/** Postgres: undefined_table, insufficient_privilege. */
const NO_SCHEMA = '42P01';
const NOT_PERMITTED = '42501';

/** What a client is told of a failure that is not its own: never internals, those go to the log. */
export function explainFailure(error: unknown, what: string, logger: Logger): string {
  if (isDatabaseUnavailable(error)) {
    logger.warn({ err: error, what }, 'database unavailable');
    return "Millrace's database cannot be reached. No task was lost: call again in a few seconds.";
  }
  logger.error({ err: error, what }, 'failed');
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === NO_SCHEMA) {
    return "Millrace's tables are not in this database yet: whoever runs it must start the gateway once, or this server without MCP_READ_ONLY.";
  }
  if (code === NOT_PERMITTED) {
    return "This server's database login lacks a permission that this needs; its log names it. Calling again will not help.";
  }
  return 'The Millrace server failed to do this; its log names the cause. Calling again is unlikely to help.';
}
