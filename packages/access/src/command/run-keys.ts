import { type ApiKey, createApiKey, listApiKeys, migrate, openDatabase, revokeApiKeys } from '@millrace/db';
import {
  ConfigurationError,
  databaseSettings,
  databaseUrl,
  optional,
  readEnvironment,
  settings,
  shellLine,
} from '@millrace/runtime';
import { type KeysCommand, parseKeysArguments, USAGE } from './keys-arguments.ts';

/** The URL, with the password, of the database that `bun run up` keeps in a data folder. */
type EmbeddedDatabase = (dataDir: string | undefined) => string;

/**
 * `bun run keys`: resolves with the text to print.
 *
 * @param embedded used if DATABASE_URL is not set
 */
export async function runKeys(args: readonly string[], embedded?: EmbeddedDatabase): Promise<string> {
  const { dataDir, ...command } = parseKeysArguments(args);
  if (command.kind === 'help') return USAGE;
  // There are many ways to run an image; the command line of each ends like this.
  const called = embedded ? ['bun', 'run', 'keys'] : ['keys'];
  const where = dataDir === undefined ? [] : ['--data-dir', dataDir];
  const toRevoke = (id: string) => shellLine([...called, 'revoke', id, ...where]);
  return runCommand(command, addressOf(dataDir, embedded), toRevoke);
}

/** Whether its message is meant for the user, without a stack trace: a refusal, or a database that does not answer. */
export function explainsItself(error: unknown): error is Error {
  return error instanceof ConfigurationError || (error instanceof Error && 'code' in error);
}

function addressOf(dataDir: string | undefined, embedded: EmbeddedDatabase | undefined): string {
  if (!embedded) {
    if (dataDir !== undefined)
      throw new ConfigurationError('--data-dir works only in a checkout; set DATABASE_URL');
    return databaseUrl(readEnvironment(databaseSettings));
  }
  const { DATABASE_URL, ...others } = readEnvironment({
    ...databaseSettings,
    DATABASE_URL: optional(settings.DATABASE_URL),
  });
  return databaseUrl({ ...others, DATABASE_URL: DATABASE_URL ?? embedded(dataDir) });
}

async function runCommand(
  command: Exclude<KeysCommand, { kind: 'help' }>,
  url: string,
  toRevoke: (id: string) => string,
): Promise<string> {
  await migrate(url);
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-keys' });
  try {
    switch (command.kind) {
      case 'create': {
        const { id, key } = await createApiKey(db, command);
        const about = `Owner ${command.owner}, ${command.scopes.join(' ')}.`;
        return `${key}\n\n${about} The key is not shown again. To revoke it: ${toRevoke(id)}`;
      }
      case 'list': {
        const keys = await listApiKeys(db);
        return keys.length === 0 ? 'There are no keys.' : keys.map(describe).join('\n');
      }
      case 'revoke': {
        const revoked = await revokeApiKeys(db, command.idOrName);
        if (revoked.length === 0) {
          throw new ConfigurationError(`There is no key ${command.idOrName} to revoke.`);
        }
        const names = revoked.map(({ id, name }) => `${name} (${id})`).join(', ');
        return `Revoked ${names}; services stop accepting it within 5 seconds.`;
      }
    }
  } finally {
    await db.close();
  }
}

function describe(key: ApiKey): string {
  const { id, name, owner, scopes, rate_limit, max_open_tasks, created_at, expires_at, revoked_at } = key;
  const limits = [
    rate_limit === null ? '' : `, ${rate_limit} requests a minute`,
    max_open_tasks === null ? '' : `, ${max_open_tasks} open tasks`,
  ].join('');
  const end = revoked_at ? `revoked ${revoked_at}` : expires_at ? `expires ${expires_at}` : 'does not expire';
  return `${id}  ${name}  owner ${owner}  ${scopes.join(' ')}${limits}  created ${created_at}, ${end}`;
}
