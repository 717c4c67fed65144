import { parseArgs } from 'node:util';
import { ConfigurationError } from '@millrace/runtime';

export const USAGE = `bun run migrate: brings the schema up to date and sets the services' passwords.

  --help    this text

Environment (or .env in this repository; docs/security.md has more):
  DATABASE_URL, DATABASE_CA_FILE                                  the database, with an administrator's login
  GATEWAY_DB_PASSWORD, EXECUTOR_DB_PASSWORD, MCP_DB_PASSWORD      if set, the password of that service's role`;

/** @throws ConfigurationError for any other argument */
export function asksForHelp(args: readonly string[]): boolean {
  try {
    const help = { type: 'boolean', short: 'h', default: false } as const;
    return parseArgs({ args: [...args], options: { help } }).values.help;
  } catch (error) {
    throw new ConfigurationError(`${(error as Error).message.split('. ')[0]}\n\n${USAGE}`);
  }
}
