import { type ApiKey, createApiKey, listApiKeys, migrate, openDatabase, revokeApiKeys } from '@millrace/db';
import { ConfigurationError, databaseSettings, databaseUrl, readEnvironment } from '@millrace/runtime';
import { type KeysCommand, parseKeysArguments, USAGE } from './keys-arguments.ts';

/** `bun run keys`: prints to standard output what it was asked for, and to standard error why it could not. */
try {
  console.log(await run(parseKeysArguments(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const known = error instanceof ConfigurationError || 'code' in error;
  if (!known) throw error;
  console.error(error.message);
  process.exit(1);
}

async function run(command: KeysCommand): Promise<string> {
  if (command.kind === 'help') return USAGE;
  const url = databaseUrl(readEnvironment(databaseSettings));
  await migrate(url);
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-keys' });
  try {
    switch (command.kind) {
      case 'create': {
        const { id, key } = await createApiKey(db, command);
        const about = `Owner ${command.owner}, ${command.scopes.join(' ')}.`;
        return `${key}\n\n${about} This is the only time that the key is shown. To revoke it: bun run keys revoke ${id}`;
      }
      case 'list': {
        const keys = await listApiKeys(db);
        return keys.length === 0 ? 'There are no keys.' : keys.map(describe).join('\n');
      }
      case 'revoke': {
        const revoked = await revokeApiKeys(db, command.idOrName);
        if (revoked.length === 0) {
          throw new ConfigurationError(`There is no key ${command.idOrName} that could be revoked.`);
        }
        const names = revoked.map(({ id, name }) => `${name} (${id})`).join(', ');
        return `Revoked ${names}; services forget it within 5 seconds.`;
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
