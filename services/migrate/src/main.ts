import { awaitSchema, giveLogin, SERVICE_ROLES } from '@millrace/db';
import { ConfigurationError, createLogger } from '@millrace/runtime';
import { asksForHelp, USAGE } from './arguments.ts';
import { readConfig } from './config.ts';

/**
 * `bun run migrate`: brings the schema up to date with an administrator's login, and lets each service whose
 * password is set log in as its own role. Waits for Postgres; exits with 0 or 1, and the last line says why.
 * Safe to run repeatedly.
 */
const logger = createLogger('migrate');
try {
  if (asksForHelp(process.argv.slice(2))) {
    console.log(USAGE);
    process.exit(0);
  }
  const { databaseUrl, passwords, placeholders } = readConfig();
  if (placeholders.length > 0) {
    logger.warn(
      { passwords: placeholders },
      'passwords are the public placeholders of .env.example; change them before others can reach this machine',
    );
  }
  await awaitSchema(databaseUrl, 'auto', logger).ready;
  const logins: string[] = [];
  for (const role of SERVICE_ROLES) {
    const password = passwords[role];
    if (password === undefined) continue;
    await giveLogin(databaseUrl, role, password);
    logins.push(role);
  }
  logger.info({ logins }, 'the database is migrated');
} catch (error) {
  if (error instanceof ConfigurationError) logger.error({}, error.message);
  else logger.error({ err: error }, 'the database is not migrated');
  process.exitCode = 1;
}
