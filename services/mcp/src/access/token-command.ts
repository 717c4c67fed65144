import { createAccessToken, listAccessTokens, migrate, openDatabase, revokeAccessToken } from '@millrace/db';
import { ConfigurationError, databaseSettings, databaseUrl, readEnvironment } from '@millrace/runtime';
import { parseTokenArguments, type TokenCommand, USAGE } from './token-arguments.ts';

/** `bun run mcp:token`: prints to standard output what it was asked for, and to standard error why it could not. */
try {
  console.log(await run(parseTokenArguments(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const known = error instanceof ConfigurationError || 'code' in error;
  if (!known) throw error;
  console.error(error.message);
  process.exit(1);
}

async function run(command: TokenCommand): Promise<string> {
  if (command.kind === 'help') return USAGE;
  const url = databaseUrl(readEnvironment(databaseSettings));
  await migrate(url);
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-mcp-token' });
  try {
    switch (command.kind) {
      case 'create': {
        const { id, token } = await createAccessToken(db, command);
        return `${token}\n\nThis is the only time that it is shown. To revoke it: bun run mcp:token revoke ${id}`;
      }
      case 'list': {
        const tokens = await listAccessTokens(db);
        return tokens.length === 0 ? 'There are no tokens.' : tokens.map(describe).join('\n');
      }
      case 'revoke': {
        if (await revokeAccessToken(db, command.id)) return `Revoked; servers forget it within 5 seconds.`;
        throw new ConfigurationError(`There is no token ${command.id} that could be revoked.`);
      }
    }
  } finally {
    await db.close();
  }
}

function describe(token: Awaited<ReturnType<typeof listAccessTokens>>[number]): string {
  const { id, name, scopes, created_at, expires_at, revoked_at } = token;
  const end = revoked_at ? `revoked ${revoked_at}` : expires_at ? `expires ${expires_at}` : 'does not expire';
  return `${id}  ${name}  ${scopes.join(' ')}  created ${created_at}, ${end}`;
}
